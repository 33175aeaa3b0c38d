//! Conversions from and to the typed headers of the crate `headers`.
//!
//! Its `If-Match` and `If-None-Match` hide the tags, so that these are read again by optlock's parser, which
//! refuses what is malformed.

use super::etag::{ETag, ParseETagError};
use super::if_match::IfMatch;
use super::if_none_match::IfNoneMatch;
use super::malformed::MalformedTags;
use ::headers::{Header, HeaderMapExt as _};
use ::http::{HeaderMap, HeaderValue};
use std::iter::once;

/// The header alone.
fn headers(header: impl Header) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.typed_insert(header);
    headers
}

fn typed<H: Header>(value: HeaderValue) -> H {
    match H::decode(&mut once(&value)) {
        Ok(header) => header,
        Err(_) => unreachable!("it is made of tags of RFC 9110"),
    }
}

impl From<&ETag> for ::headers::ETag {
    fn from(etag: &ETag) -> Self {
        typed(etag.into())
    }
}

impl From<ETag> for ::headers::ETag {
    fn from(etag: ETag) -> Self {
        Self::from(&etag)
    }
}

impl TryFrom<::headers::ETag> for ETag {
    type Error = ParseETagError;

    fn try_from(header: ::headers::ETag) -> Result<Self, ParseETagError> {
        let headers = headers(header);
        headers.values().next().ok_or(ParseETagError)?.try_into()
    }
}

macro_rules! conversions {
    ($($Header:ident)*) => {$(
        impl From<&$Header> for ::headers::$Header {
            fn from(header: &$Header) -> Self {
                typed(header.into())
            }
        }

        impl TryFrom<::headers::$Header> for $Header {
            type Error = MalformedTags;

            fn try_from(header: ::headers::$Header) -> Result<Self, MalformedTags> {
                match Self::from_headers(&headers(header))? {
                    Some(header) => Ok(header),
                    None => unreachable!("it was inserted"),
                }
            }
        }
    )*};
}

conversions!(IfMatch IfNoneMatch);

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::header::{IF_MATCH, IF_NONE_MATCH};

    const OURS: &str = "\"UUumJ2qDw1H6W6j0F63DuQ.7\"";

    fn map(name: ::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_tag_is_converted_and_back() {
        let etag: ETag = OURS.parse().unwrap();
        let header = ::headers::ETag::from(&etag);
        assert!(!header.is_weak());
        assert!(::headers::IfMatch::from(header.clone()).precondition_passes(&header));
        assert_eq!(ETag::try_from(header), Ok(etag));
        let weak: ::headers::ETag = format!("W/{OURS}").parse().unwrap();
        assert_eq!(ETag::try_from(weak), Err(ParseETagError));
    }

    #[test]
    fn a_header_is_converted_and_back() {
        for value in ["*", OURS, "\"a,b\", W/\"c\""] {
            let headers = map(IF_MATCH, value);
            let if_match = IfMatch::from_headers(&headers).unwrap().unwrap();
            assert_eq!(
                IfMatch::try_from(::headers::IfMatch::from(&if_match)),
                Ok(if_match)
            );
            let headers = map(IF_NONE_MATCH, value);
            let held = IfNoneMatch::from_headers(&headers).unwrap().unwrap();
            assert_eq!(
                IfNoneMatch::try_from(::headers::IfNoneMatch::from(&held)),
                Ok(held)
            );
        }
    }

    /// The crate `headers` takes it, and skips it.
    #[test]
    fn what_is_malformed_is_refused_in_a_typed_header_too() {
        let malformed = map(IF_MATCH, "\"a\", 5");
        let header: ::headers::IfMatch = malformed.typed_get().unwrap();
        let error = IfMatch::try_from(header).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the header If-Match is malformed: tag 2 has no quotes around it"
        );
    }
}
