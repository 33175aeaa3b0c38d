//! What a client gets instead of a result.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel_async::pooled_connection::deadpool::PoolError;
use optlock::Error;
use optlock::http::{Failure, Problem};
use serde_json::Value;

/// An answer that is no success, so that `?` ends a handler with it.
#[derive(Debug)]
pub enum Refusal {
    /// An error of a write or a read. The library knows its status and its body.
    Failure(Box<Failure>),
    /// The same with what the handler knows, or of a header.
    Problem(Box<Problem>),
    /// What no database had to be asked for.
    Plain(StatusCode, &'static str),
}

impl Refusal {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Failure(failure) => failure.status(),
            Self::Problem(problem) => problem.status(),
            Self::Plain(status, _) => *status,
        }
    }

    /// As a part of a larger answer.
    pub fn to_json(&self) -> serde_json::Result<Value> {
        match self {
            Self::Failure(failure) => serde_json::to_value(failure.problem()),
            Self::Problem(problem) => serde_json::to_value(problem),
            Self::Plain(_, why) => Ok((*why).into()),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        eprintln!("{error}");
        Self::Plain(StatusCode::INTERNAL_SERVER_ERROR, "")
    }
}

/// No connection was free in time, or the database cannot be reached: 503. Nothing was sent, so the client may repeat the
/// request, whatever it was.
impl From<PoolError> for Refusal {
    fn from(error: PoolError) -> Self {
        eprintln!("{error}");
        Problem::busy().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Failure(failure) => failure.into_response(),
            Self::Problem(problem) => problem.into_response(),
            Self::Plain(status, why) => (status, why).into_response(),
        }
    }
}
