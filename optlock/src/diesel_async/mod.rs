//! The operations on the connections of [diesel-async](::diesel_async).

mod body;
mod connection;
mod dsl;
pub mod methods;
pub mod prelude;
#[cfg(feature = "retry")]
mod retry;
mod sending;
mod transaction;

pub use body::{Body, RetryBody};
pub use connection::{AsyncDieselConnection, AsyncTransactionConnection};
#[cfg(feature = "retry")]
pub use dsl::RetryDsl;
pub use dsl::{TrackedDsl, TransactionDsl, UnversionedDsl, VersionedDsl, VersionedSliceDsl};
#[cfg(feature = "retry")]
pub use retry::retry;
pub use sending::Sending;
pub use transaction::transaction;
