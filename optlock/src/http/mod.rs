//! Conditional requests: `ETag`, `If-Match` and `If-None-Match`, statuses and problem details, without a web
//! framework.
//!
//! The chapter [HTTP](crate::guide::http) has a handler of each kind, and what proxies do to tags. An
//! [`ETag`] is of a versioned value; [`IfMatch`] is the header that a client sends with a write, and gives
//! the version back:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let conn = &mut establish_connection();
//! use http::{HeaderMap, StatusCode, header};
//! use optlock::http::{Conditional, IfMatch};
//!
//! let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
//! let mut request = HeaderMap::new();
//! request.insert(header::IF_MATCH, ann.etag().into());
//!
//! // .. the request comes back, with the contents that a user has edited ..
//! let if_match = IfMatch::from_headers(&request)?.expect("the client sends it");
//! let mut edited = Contact { id: 1, name: "Ann B.".into(), email: None, version: 0 };
//! edited.save_if_match(&if_match, conn)?; // one statement: UPDATE .. WHERE id = 1 AND version = 1
//! assert_eq!(edited.version, 2);
//!
//! let failure = edited.save_if_match(&if_match, conn).unwrap_err();
//! assert_eq!(failure.status(), StatusCode::PRECONDITION_FAILED);
//! assert_eq!(failure.to_string(), "contacts 1 was changed: expected version 1, found 2");
//! # Ok(())
//! # }
//! ```

mod applied;
mod conditional;
mod entity_tag;
mod etag;
mod evaluate;
mod failure;
#[cfg(feature = "headers")]
mod headers;
mod if_match;
mod if_none_match;
mod malformed;
mod opaque;
mod parse;
mod patch;
mod precondition;
mod problem;
mod status;
mod version;
mod write;

pub use applied::{already_applied, already_stored};
pub use conditional::Conditional;
pub use entity_tag::EntityTag;
pub use etag::{ETag, ParseETagError};
pub use evaluate::{Decision, Preconditions, evaluate};
pub use failure::Failure;
pub use if_match::IfMatch;
pub use if_none_match::IfNoneMatch;
pub use malformed::MalformedTags;
pub use patch::{Patch, null_or_value};
pub use precondition::Precondition;
pub use problem::Problem;
pub use status::status;
pub use version::required_version;
pub(crate) use write::{delete_if_match, save_if_match, touch_if_match};
