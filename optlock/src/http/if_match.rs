//! The header `If-Match`.

use super::entity_tag::EntityTag;
use super::etag::{ETag, RowTag};
use super::malformed::MalformedTags;
use super::parse::{Named, named};
use crate::key_text::KeyText;
use crate::operation::Admitted;
use crate::token::VersionToken;
use crate::versioned::Versioned;
use ::http::header::IF_MATCH;
use ::http::{HeaderMap, HeaderValue};

/// The header `If-Match`: which versions of a row a client is willing to change.
///
/// Tags are compared strongly: a weak tag matches nothing, unless it is [accepted](Self::accept_weakened). A
/// tag of another program matches nothing either. The [variant](ETag::variant) of a tag is ignored.
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() {
/// use http::{HeaderMap, header};
/// use optlock::http::{Conditional, IfMatch};
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// let mut request = HeaderMap::new();
/// assert_eq!(IfMatch::from_headers(&request), Ok(None)); // answer 428, or write unchecked
///
/// request.append(header::IF_MATCH, r#""another,program", W/"weak""#.parse().unwrap());
/// request.append(header::IF_MATCH, ann.etag().into());
/// let if_match = IfMatch::from_headers(&request).unwrap().expect("it is there");
/// assert_eq!(if_match.tags().len(), 3);
/// assert!(if_match.matches(&ann.etag()));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a condition that nobody asks checks nothing"]
pub struct IfMatch {
    named: Named,
    accepts_weakened: bool,
}

impl IfMatch {
    /// Reads the header, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// It is malformed. So is one that names no tag at all: it would admit nothing, and a client that sends
    /// it has lost its tag.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, MalformedTags> {
        let named = named(headers, &IF_MATCH, "If-Match")?;
        Ok(named.map(Self::new))
    }

    fn new(named: Named) -> Self {
        Self {
            named,
            accepts_weakened: false,
        }
    }

    /// Does it name `*`: any version of a row that is there?
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

    /// Takes a tag of optlock to which a compression layer has added something as the tag without it: a `W/`
    /// before it, or `-gzip`, `-br` or `-zstd` inside its quotes, with one hyphen or two.
    ///
    /// A weak tag says that two representations mean the same, and the version in it is the one that the
    /// client was shown. So this loses no update. RFC 9110 has `If-Match` compare strongly, and that is what
    /// a client can expect where you do not call this. It is for a service behind a proxy that compresses:
    /// [what they do to tags](crate::guide::http#what-compression-layers-do-to-tags).
    pub fn accept_weakened(self) -> Self {
        Self {
            accepts_weakened: true,
            ..self
        }
    }

    /// Is this one of the versions that the client is willing to change? The variant is ignored.
    ///
    /// A write need not ask that: [`save_if_match`](crate::ConditionalDsl::save_if_match) does, in the
    /// statement that writes.
    pub fn matches(&self, current: &ETag) -> bool {
        match &self.named {
            Named::Any => true,
            Named::Tags(tags) => {
                let mut named = tags.iter().flat_map(|tag| self.meant(tag));
                named.any(|tag| tag.is_same_version(current))
            }
        }
    }

    /// The tags that a tag may mean. A custom version may end as a suffix does.
    fn meant(&self, tag: &EntityTag) -> impl Iterator<Item = ETag> {
        let accepts = self.accepts_weakened;
        let as_it_is = tag.ours().filter(|_| accepts || !tag.is_weak());
        let without = if accepts { tag.without_suffix() } else { None };
        as_it_is.into_iter().chain(without)
    }

    /// The versions of the row of this value that it names.
    pub(super) fn admitted<M>(&self, model: &M) -> Admitted<M::Version>
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        let tags = match &self.named {
            Named::Any => return Admitted::Any,
            Named::Tags(tags) => tags,
        };
        let row = RowTag::of(model);
        let mut versions = Vec::new();
        for version in tags.iter().filter_map(|tag| self.version_in(tag, &row)) {
            if !versions.iter().any(|known| is_same(known, &version)) {
                versions.push(version);
            }
        }
        Admitted::OneOf(versions)
    }

    /// The version of the row that a tag names.
    fn version_in<V: VersionToken>(&self, tag: &EntityTag, row: &RowTag) -> Option<V> {
        self.meant(tag).find_map(|tag| row.version_in(&tag))
    }
}

/// The condition of a tag that came in a body: of an entry in a batch, for example.
impl From<ETag> for IfMatch {
    fn from(etag: ETag) -> Self {
        let tag = EntityTag::new(false, etag.opaque().as_bytes());
        Self::new(Named::Tags(vec![tag]))
    }
}

/// As a client sends it.
impl From<&IfMatch> for HeaderValue {
    fn from(header: &IfMatch) -> Self {
        Self::from(&header.named)
    }
}

fn is_same<V: VersionToken>(one: &V, other: &V) -> bool {
    one == other && one.is_same_text(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_header_that_names_it() {
        let etag: ETag = "\"UUumJ2qDw1H6W6j0F63DuQ.1\"".parse().unwrap();
        for etag in [etag.clone(), etag.variant("de")] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, HeaderValue::from(&etag));
            let if_match = IfMatch::from(etag.clone());
            assert_eq!(IfMatch::from_headers(&headers), Ok(Some(if_match.clone())));
            assert!(if_match.matches(&etag));
        }
    }
}
