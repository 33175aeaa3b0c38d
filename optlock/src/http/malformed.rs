//! A header of entity tags that is malformed.

use super::parse::TAGS;
use std::fmt;

/// The header `If-Match` or `If-None-Match` is malformed: `400 Bad Request`.
///
/// A malformed tag is never skipped. Without it a client that wants its write to be checked would write
/// unchecked, or get a refusal that it cannot explain.
///
/// ```
/// use http::{HeaderMap, header};
/// use optlock::http::IfMatch;
///
/// let mut request = HeaderMap::new();
/// request.insert(header::IF_MATCH, "\"a\", 5".parse().unwrap());
/// let error = IfMatch::from_headers(&request).unwrap_err();
/// assert_eq!(error.to_string(), "the header If-Match is malformed: tag 2 has no quotes around it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedTags {
    header: &'static str,
    why: Why,
}

/// What is wrong. A tag is named by its position in the list, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It does not begin with a quote.
    NoQuotes(usize),
    /// It begins with `w/`.
    LowerCase(usize),
    /// It has no second quote.
    NotClosed(usize),
    /// It contains a byte that no tag may have.
    Byte(usize, u8),
    /// Something follows it, and no comma.
    NoComma(usize),
    /// `*` is beside something else.
    StarNotAlone,
    /// There is neither `*` nor a tag.
    Nothing,
    /// There are more tags than a list may have.
    TooManyTags,
    /// There are more commas without a tag before them than the list can need.
    TooManyEmpty,
}

impl MalformedTags {
    pub(super) fn new(header: &'static str, why: Why) -> Self {
        Self { header, why }
    }

    #[cfg(test)]
    pub(super) fn why(&self) -> Why {
        self.why
    }

    /// The name of the header: `If-Match` or `If-None-Match`.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl std::error::Error for MalformedTags {}

impl fmt::Display for MalformedTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header {} is malformed: ", self.header)?;
        match self.why {
            Why::NoQuotes(tag) => write!(f, "tag {tag} has no quotes around it"),
            Why::LowerCase(tag) => {
                write!(f, "tag {tag} begins with `w/`, and a weak tag with `W/`")
            }
            Why::NotClosed(tag) => write!(f, "tag {tag} has no quote at its end"),
            Why::Byte(tag, byte) => write!(f, "tag {tag} contains the byte {byte:#04x}"),
            Why::NoComma(tag) => write!(f, "no comma follows tag {tag}"),
            Why::StarNotAlone => f.write_str("`*` is not alone"),
            Why::Nothing => f.write_str("it names no tag"),
            Why::TooManyTags => write!(f, "it names more than {TAGS} tags"),
            Why::TooManyEmpty => f.write_str("it has too many commas without a tag"),
        }
    }
}
