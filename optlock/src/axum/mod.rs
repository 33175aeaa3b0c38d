//! Handlers of axum 0.8: extractors for `If-Match` and `If-None-Match`, and answers from errors, problems and
//! tags.
//!
//! | extractor | without the header | malformed |
//! |---|---|---|
//! | [`IfMatch`](crate::http::IfMatch) | 428 | 400 |
//! | `Option<IfMatch>` | `None` | 400 |
//! | [`IfNoneMatch`](crate::http::IfNoneMatch) | 428 | 400 |
//! | `Option<IfNoneMatch>` | `None` | 400 |
//! | [`Preconditions`](crate::http::Preconditions) | both are `None` | 400 |
//!
//! A handler returns `Result<.., Failure>` ([`Failure`](crate::http::Failure)): `?` of a
//! [`save_if_match`](crate::ConditionalDsl::save_if_match) answers 412, and `?` of any other operation what
//! [`status`](crate::http::status()) says of an error without a precondition. An [`Error`](crate::Error)
//! alone is an answer too. [`Tagged`] puts the tag where the method allows it.
//!
//! **The client is told nothing that the database has said, and so a log has to be written elsewhere**: the
//! answer carries the failure in its extensions, as an `Arc<Failure>`, for a middleware that logs.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! use axum::Json;
//! use axum::extract::Path;
//! use optlock::axum::{Tagged, TaggedBody};
//! use optlock::http::{Conditional, Failure, IfMatch};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Body {
//!     name: String,
//! }
//!
//! /// PUT /contacts/{id}
//! async fn put(Path(id): Path<i32>, if_match: IfMatch, Json(body): Json<Body>) -> Result<TaggedBody<String>, Failure> {
//!     // In a service, take it from a pool, and call Diesel in `spawn_blocking`.
//!     let conn = &mut establish_connection();
//!     let mut contact = Contact { id, name: body.name, email: None, version: 0 };
//!     contact.save_if_match(&if_match, conn)?;
//!     Ok(Tagged::put(contact.etag(), contact.name))
//! }
//! # fn main() {
//! let app: axum::Router = axum::Router::new().route("/contacts/{id}", axum::routing::put(put));
//! # }
//! ```
//!
//! **A client that hangs up drops the future of a handler**, and a write under way may have landed or not.
//! Spawn the write in a task of its own, as `spawn_blocking` does: [dropped
//! futures](crate::guide::async_connections).

mod extract;
mod json;
mod respond;
mod tagged;

pub use tagged::{NotModified, Tagged, TaggedBody, TaggedWrite};
