//! What a browser gets where there is no page: each has a way back.

use crate::layout;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel_async::pooled_connection::deadpool::PoolError;
use optlock::Error;
use optlock::http::{Precondition, status};
use std::any::Any;

/// So that `?` ends a handler with a page.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no such row, or it is another shop's, which is not told.
    Missing(&'static str),
    /// Nobody has signed in.
    Unknown(&'static str),
    /// The request is none that the pages send.
    Refused(StatusCode, &'static str),
    /// No connection was free in time.
    Busy,
    /// An error for which the handler has no page of its own.
    Database(Error),
    /// The handler has panicked, which was printed then.
    Panicked,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<PoolError> for Failed {
    fn from(error: PoolError) -> Self {
        eprintln!("{error}");
        Self::Busy
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, what, why) = match self {
            Self::Missing(what) => (
                StatusCode::NOT_FOUND,
                what,
                "It may have been deleted, or it never was.",
            ),
            Self::Unknown(why) => (StatusCode::UNAUTHORIZED, "You are not signed in", why),
            Self::Refused(StatusCode::NOT_FOUND, why) => (StatusCode::NOT_FOUND, "Not found", why),
            Self::Refused(status, why) => (status, "This cannot be done", why),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many people are here",
                BUSY,
            ),
            Self::Database(error) => match status(&error, Precondition::NONE) {
                StatusCode::SERVICE_UNAVAILABLE => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Others are in the way",
                    BUSY,
                ),
                StatusCode::CONFLICT => (
                    StatusCode::CONFLICT,
                    "Somebody else was faster",
                    "Nothing was saved. Go back, and look at it again.",
                ),
                StatusCode::NOT_FOUND => (StatusCode::NOT_FOUND, "There is no such page", ""),
                status => {
                    // For the log: the browser gets none of the database's words.
                    eprintln!("{error}: {:?}", std::error::Error::source(&error));
                    (status, WRONG, UNKNOWN)
                }
            },
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, WRONG, UNKNOWN),
        };
        layout::message(status, what, why).into_response()
    }
}

/// For the layer that catches panics.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Failed::Panicked.into_response()
}

const WRONG: &str = "Something went wrong";

const UNKNOWN: &str = "It is not known whether anything was saved: look before you try again.";

const BUSY: &str =
    "Nothing was saved. Go back, and send it again in a moment: what you typed is still there.";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_panic_has_a_page_with_a_way_back() {
        async fn handler() {
            panic!("a page that panics");
        }
        let routes = Router::new()
            .route("/", get(handler))
            .layer(CatchPanicLayer::custom(panicked));
        let answer = routes.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(
            page.contains("Something went wrong") && page.contains("To the start"),
            "{page}"
        );
    }
}
