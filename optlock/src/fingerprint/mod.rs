//! What a page has shown, as a signed text: [`Fingerprint`].
//!
//! The chapter [fingerprints](crate::guide::fingerprints) has a page and its handler.

mod builder;
mod part;
mod row;
mod text;
mod value;

pub use builder::FingerprintBuilder;
pub use row::{ChangeWriter, FieldWriter, FingerprintFields, FingerprintRow};
#[doc(hidden)]
pub use row::{DifferingParts, VersionOf, WithoutVersion};
pub use text::Fingerprint;
pub use value::{FingerprintValue, ValueWriter};
