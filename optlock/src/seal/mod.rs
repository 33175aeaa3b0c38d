//! Signed texts that a page carries: [form tokens](crate::form) and [fingerprints](struct@crate::Fingerprint).
//!
//! A page gets a text from the server, keeps it, and sends it back with the form. The text is signed,
//! so that nobody but the server makes one, and it is bound to what the form is for and to who has
//! it: a [`Seal`] is both, and the keys.
//!
//! ```
//! # fn main() -> Result<(), optlock::Error> {
//! # let secret = [7; 32];
//! # let session_id = "e5b1c0";
//! use optlock::seal::Keys;
//!
//! let keys = Keys::new(secret)?; // once, when the program starts
//! let seal = keys.purpose("edit contact").session(session_id)?; // for each request
//! # Ok(())
//! # }
//! ```
//!
//! The signature is HMAC-SHA-256. **It signs and hides nothing**: whoever has the page can read the
//! version of a form token.

mod keys;
mod mac;
mod sealed;
mod text;

pub use keys::Keys;
#[cfg(feature = "fingerprint")]
pub(crate) use mac::Key;
pub use sealed::{Purpose, Seal};
pub(crate) use text::Kind;
