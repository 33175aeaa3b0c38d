//! The operations on the connections of [diesel-async](::diesel_async), under the names that they have on
//! Diesel's own.
//!
//! **A dropped future may have written**: [the chapter on async
//! connections](crate::guide::async_connections) says what it leaves behind, and what never to do on MySQL and
//! MariaDB.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
//! # #[tokio::main]
//! # async fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection().await;
//! // use diesel::prelude::*;
//! // use diesel_async::RunQueryDsl;
//! // use optlock::diesel_async::prelude::*;
//!
//! let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
//! ann.name = "Ann B.".to_owned();
//! ann.save_checked(conn).await?;
//!
//! ann.version = 1; // as if it had been loaded before that
//! let error = ann.save_checked(conn).await.unwrap_err();
//! assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
//! # Ok(())
//! # }
//! ```

mod body;
mod connection;
mod dsl;
#[cfg(feature = "lease")]
mod keeper;
#[cfg(feature = "lease")]
pub mod lease;
pub mod methods;
pub mod prelude;
#[cfg(feature = "retry")]
mod retry;
mod sending;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod verify;

#[cfg(feature = "fingerprint")]
pub use body::PageBody;
pub use body::{Body, RetryBody};
#[cfg(feature = "lease")]
pub use connection::AsyncLeaseConnection;
pub use connection::{AsyncCatalogueConnection, AsyncTransactionConnection};
#[cfg(feature = "http")]
pub use dsl::ConditionalDsl;
#[cfg(feature = "retry")]
pub use dsl::RetryDsl;
pub use dsl::{
    AttemptDsl, ChunksDsl, ResolveDsl, TrackedDsl, TransactionDsl, UnversionedDsl, VersionedDsl,
    VersionedSliceDsl,
};
#[cfg(feature = "fingerprint")]
pub use dsl::{FingerprintDsl, TrackedFingerprintDsl, UnversionedFingerprintDsl};
#[cfg(feature = "lease")]
pub use dsl::{LeaseDsl, LeasedDsl, LeasedSliceDsl};
#[cfg(feature = "retry")]
pub use retry::retry;
pub use sending::Sending;
pub use transaction::transaction;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use verify::{verify, verify_all, verify_with};
