//! Answers with a tag.

use super::json::{tag_alone, with_tag};
use crate::http::{ETag, IfNoneMatch};
use ::http::StatusCode;
use ::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use axum_core::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// The answer to a GET, with the header `ETag`; or by [`post`](Self::post) and [`patch`](Self::patch) to a POST or a
/// PATCH, with that header too ([`TaggedWrite`]), or by [`put`](Self::put) to a PUT, with the tag in the body.
///
/// There is a function for each method, because RFC 9110, section 9.3.4, allows the header on the answer to a
/// PUT only if the body was stored as it came: a client would take its own body for that version. A version,
/// a default, a stamp, or a value that was trimmed changes it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// use axum::Json;
/// use axum::response::IntoResponse;
/// use http::header::ETAG;
/// use optlock::axum::Tagged;
/// use optlock::http::Conditional;
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// let response = Tagged::get(ann.etag(), Json(ann.name.clone())).into_response();
/// assert_eq!(response.headers()[ETAG], ann.etag().as_str());
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is an answer"]
pub struct Tagged<T> {
    etag: ETag,
    body: T,
}

impl<T> Tagged<T> {
    /// The answer to a GET.
    pub fn get(etag: ETag, body: T) -> Self {
        Self { etag, body }
    }

    /// The answer to a POST that has created or changed the row.
    pub fn post(etag: ETag, body: T) -> TaggedWrite<T> {
        TaggedWrite(Self { etag, body })
    }

    /// The answer to a PATCH.
    pub fn patch(etag: ETag, body: T) -> TaggedWrite<T> {
        TaggedWrite(Self { etag, body })
    }

    /// The answer to a PUT: JSON with the tag as the field `etag` ([`TaggedBody`]).
    pub fn put(etag: ETag, body: T) -> TaggedBody<T> {
        TaggedBody { etag, body }
    }
}

impl<T: IntoResponse> Tagged<T> {
    /// The answer to a GET with `If-None-Match`: [`NotModified`] if the client has this representation. An answer that is
    /// no success stays as it is, by RFC 9110, section 13.2.1.
    ///
    /// What the answer has beside it, such as `Cache-Control` and `Vary`, a 304 has too:
    /// `([(CACHE_CONTROL, "private, no-cache")], tagged.unless_fresh(held.as_ref()))`.
    pub fn unless_fresh(self, held: Option<&IfNoneMatch>) -> Response {
        let known = held
            .filter(|held| held.is_fresh(&self.etag))
            .map(|_| self.etag.clone());
        let response = self.into_response();
        match known {
            Some(etag) if response.status().is_success() => NotModified(etag).into_response(),
            _ => response,
        }
    }
}

/// The header is set on a success alone.
impl<T: IntoResponse> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        if response.status().is_success() {
            response.headers_mut().insert(ETAG, self.etag.into());
        }
        response
    }
}

/// The answer to a POST or a PATCH, from [`Tagged::post`] and [`Tagged::patch`], with the header `ETag`.
///
/// It has no `unless_fresh`: a write is answered with what it has done, and never with 304.
///
/// ```compile_fail,E0599
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// use optlock::axum::Tagged;
/// use optlock::http::Conditional;
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// Tagged::post(ann.etag(), ann.name.clone()).unless_fresh(None);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is an answer"]
pub struct TaggedWrite<T>(Tagged<T>);

/// The header is set on a success alone.
impl<T: IntoResponse> IntoResponse for TaggedWrite<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// `304 Not Modified`: no body, and the tag.
///
/// For a GET that has only read the version. Add the headers that the 200 would have: `Cache-Control`, `Vary`.
#[derive(Debug, Clone)]
#[must_use = "it is an answer"]
pub struct NotModified(pub ETag);

impl IntoResponse for NotModified {
    fn into_response(self) -> Response {
        (
            StatusCode::NOT_MODIFIED,
            [(ETAG, HeaderValue::from(self.0))],
        )
            .into_response()
    }
}

/// The answer to a PUT, from [`Tagged::put`]: JSON with the tag as the field `etag`, behind the fields of the body.
///
/// **It is a success, whatever the body is**, because the write behind it was committed, and a client that reads of
/// an error sends it again:
///
/// - A body that is no object is the field `value`, beside `etag`.
/// - So is a body that has a field `etag` of its own, with anything else in it than this tag: give that field another
///   name.
/// - Of a body that cannot be serialized there is the field `etag` alone. The error is in the extensions of the
///   answer, as an `Arc<serde_json::Error>`, for a middleware that logs.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use axum::response::IntoResponse;
/// use optlock::axum::Tagged;
/// use optlock::http::Conditional;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Shown {
///     name: String,
///     share: f32,
/// }
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// let answer = Tagged::put(ann.etag(), Shown { name: ann.name, share: 0.1 }).into_response();
/// assert_eq!(answer.status(), 200);
/// let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
/// assert_eq!(body, r#"{"name":"Ann","share":0.1,"etag":"\"UUumJ2qDw1H6W6j0F63DuQ.3\""}"#);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is an answer"]
pub struct TaggedBody<T> {
    etag: ETag,
    body: T,
}

impl<T: Serialize> IntoResponse for TaggedBody<T> {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        match with_tag(&self.body, &self.etag) {
            Ok(body) => (json, body).into_response(),
            Err(error) => {
                let mut response = (json, tag_alone(&self.etag)).into_response();
                response.extensions_mut().insert(Arc::new(error));
                response
            }
        }
    }
}
