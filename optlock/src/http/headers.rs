//! Conversions from and to the typed headers of the crate `headers`.
//!
//! Its `If-Match` and `If-None-Match` hide the tags, so that these are read again by optlock's parser, which refuses what is
//! malformed.

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
