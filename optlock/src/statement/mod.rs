//! The statements that optlock sends, as Diesel query fragments.
//!
//! They are types of our own because `diesel::update` prepares anew at each call: Diesel cannot
//! know that the text of a changeset is always the same. The derive can, and says so through
//! [`StatementText`].

mod read;
mod text;
mod write;

pub use read::{Lock, Plain, Read, Share, ShareLock};
#[doc(hidden)]
pub use text::is_fixed;
pub use text::{ByText, Fixed, FixedText, StatementText, Varying};
pub use write::{CheckedDelete, CheckedStatements, CheckedUpdate};
