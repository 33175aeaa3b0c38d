//! The header `If-None-Match`.

use super::entity_tag::EntityTag;
use super::etag::ETag;
use super::malformed::MalformedTags;
use super::parse::{Named, named};
use ::http::header::IF_NONE_MATCH;
use ::http::{HeaderMap, HeaderValue};

/// The header `If-None-Match`: which representations a client has already, or with `*` that there must be no
/// row.
///
/// Tags are compared weakly: a `W/` that a proxy has put before a tag changes nothing. The
/// [variant](ETag::variant) of a tag counts.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// use http::{HeaderMap, header};
/// use optlock::http::{Conditional, IfNoneMatch};
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// let mut request = HeaderMap::new();
/// request.insert(header::IF_NONE_MATCH, format!("W/{}", ann.etag()).parse().unwrap());
/// let held = IfNoneMatch::from_headers(&request).unwrap().expect("it is there");
/// assert!(held.is_fresh(&ann.etag())); // answer 304
/// assert!(!held.is_fresh(&ann.etag().variant("de"))); // the client holds another representation
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a condition that nobody asks checks nothing"]
pub struct IfNoneMatch {
    named: Named,
}

impl IfNoneMatch {
    /// Reads the header, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// It is malformed. So is one that names no tag at all: a client that sends it has lost its tag, or its
    /// `*`.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, MalformedTags> {
        let named = named(headers, &IF_NONE_MATCH, "If-None-Match")?;
        Ok(named.map(|named| Self { named }))
    }

    /// Does it name `*`: no row may be there?
    pub fn is_any(&self) -> bool {
        self.named == Named::Any
    }

    /// The tags that it names, in their order. None if it is `*`.
    pub fn tags(&self) -> &[EntityTag] {
        match &self.named {
            Named::Any => &[],
            Named::Tags(tags) => tags,
        }
    }

    /// Has the client this representation already? True for `*`, because there is one.
    pub fn is_fresh(&self, current: &ETag) -> bool {
        match &self.named {
            Named::Any => true,
            Named::Tags(tags) => {
                let current = current.opaque().as_bytes();
                tags.iter().any(|tag| tag.opaque() == current)
            }
        }
    }
}

/// As a client sends it.
impl From<&IfNoneMatch> for HeaderValue {
    fn from(header: &IfNoneMatch) -> Self {
        Self::from(&header.named)
    }
}
