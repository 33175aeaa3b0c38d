//! The header `If-Match`.

use super::entity_tag::EntityTag;
use super::etag::{ETag, RowTag};
use super::malformed::MalformedTags;
use super::parse::{Named, named};
use crate::error::Error;
use crate::key_text::KeyText;
use crate::operation::Admitted;
use crate::token::VersionToken;
use crate::versioned::Versioned;
use ::http::header::IF_MATCH;
use ::http::{HeaderMap, HeaderValue};

/// The header `If-Match`: which versions of a row a client is willing to change.
///
/// Tags are compared strongly: a weak tag matches nothing, unless it is [accepted](Self::accept_weakened). A
/// tag of another program matches nothing either. The [variant](ETag::variant) of a tag is ignored. A header
/// has 100 tags at most, and one with more is malformed.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
    accepts_any: bool,
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
            accepts_any: false,
        }
    }

    /// Does it name `*`: any version of a row that is there? A write [refuses](Self::accept_any) it.
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

    /// Takes `*` for what it says: the client is willing to overwrite any version of the row. Without this each
    /// write refuses `*`, with a 412, and sends nothing.
    ///
    /// **Only for a value that is built from the request alone**, such as that of a PUT of all fields. A value
    /// that was loaded and patched has columns that the client has not named: it would write them back as they
    /// were loaded, over whatever another client has saved since.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let conn = &mut establish_connection();
    /// # use http::{HeaderMap, header};
    /// use optlock::http::IfMatch;
    ///
    /// # let mut request = HeaderMap::new();
    /// # request.insert(header::IF_MATCH, "*".parse()?);
    /// let if_match = IfMatch::from_headers(&request)?.expect("the client sends `If-Match: *`");
    /// let mut put = Contact { id: 1, name: "Ann B.".into(), email: None, version: 0 };
    /// let failure = put.save_if_match(&if_match, conn).unwrap_err();
    /// assert_eq!(
    ///     failure.to_string(),
    ///     "contacts 1 was not written: If-Match is `*`, and a version is required",
    /// );
    /// put.save_if_match(&if_match.accept_any(), conn)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept_any(self) -> Self {
        Self {
            accepts_any: true,
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
                named.any(|opaque| current.is_same_version(opaque))
            }
        }
    }

    /// What may be between the quotes of the tag that was answered. A custom version may end as a suffix does: each
    /// meaning counts.
    fn meant<'t>(&self, tag: &'t EntityTag) -> impl Iterator<Item = &'t [u8]> {
        let accepts = self.accepts_weakened;
        let as_it_is = (accepts || !tag.is_weak()).then(|| tag.opaque());
        let without = accepts.then(|| tag.without_suffix());
        as_it_is.into_iter().chain(without.into_iter().flatten())
    }

    /// The versions of the row of this value that it names. Fails if it is `*`, which is not accepted.
    pub(super) fn admitted<M>(&self, model: &M) -> Result<Admitted<M::Version>, Error>
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        let tags = match &self.named {
            Named::Any if self.accepts_any => return Ok(Admitted::Any),
            Named::Any => return Err(Error::any_refused(model)),
            Named::Tags(tags) => tags,
        };
        let row = RowTag::of(model);
        let meant = tags.iter().flat_map(|tag| self.meant(tag));
        let mut versions = Vec::new();
        for version in meant.filter_map(|opaque| row.version_in(opaque)) {
            if !versions.iter().any(|known| is_same(known, &version)) {
                versions.push(version);
            }
        }
        Ok(Admitted::OneOf(versions))
    }
}

/// The header that names this tag alone: for a tag that did not come in a header, such as that of a list entry
/// in the body of a batch.
impl From<ETag> for IfMatch {
    fn from(etag: ETag) -> Self {
        Self::new(Named::Tags(vec![EntityTag::from(&etag)]))
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
