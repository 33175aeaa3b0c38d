//! The headers of a request.

use crate::http::{IfMatch, IfNoneMatch, Preconditions, Problem};
use ::http::request::Parts;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};

macro_rules! extractors {
    ($($Header:ident, $missing:ident;)*) => {$(
        /// Without the header: 428.
        impl<S: Send + Sync> FromRequestParts<S> for $Header {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
                Self::from_headers(&parts.headers)?.ok_or_else(Problem::$missing)
            }
        }

        impl<S: Send + Sync> OptionalFromRequestParts<S> for $Header {
            type Rejection = Problem;

            async fn from_request_parts(
                parts: &mut Parts,
                _state: &S,
            ) -> Result<Option<Self>, Problem> {
                Ok(Self::from_headers(&parts.headers)?)
            }
        }
    )*};
}

extractors! {
    IfMatch, missing_precondition;
    IfNoneMatch, missing_if_none_match;
}

impl<S: Send + Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self::from_headers(&parts.headers)?)
    }
}
