//! Answers from errors.

use crate::error::Error;
use crate::http::{Failure, MalformedTags, Problem};
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use std::sync::Arc;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        ::http::Response::<String>::from(self).map(Body::from)
    }
}

/// Its [problem](Failure::problem). The failure is an extension of the answer, as an `Arc<Failure>`.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.problem().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// As a [`Failure`] without a precondition.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Failure::from(self).into_response()
    }
}

impl IntoResponse for MalformedTags {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
