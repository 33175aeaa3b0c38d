//! What users call: each method hands on to its trait in [`methods`](super::methods).

mod attempt;
mod chunks;
#[cfg(feature = "http")]
mod conditional;
#[cfg(feature = "fingerprint")]
mod fingerprint;
#[cfg(feature = "lease")]
mod lease;
mod many;
mod one;
#[cfg(feature = "retry")]
mod retry;
mod tracked;
mod transaction;

use super::methods;
pub use attempt::{AttemptDsl, ResolveDsl};
pub use chunks::ChunksDsl;
#[cfg(feature = "http")]
pub use conditional::ConditionalDsl;
#[cfg(feature = "fingerprint")]
pub use fingerprint::{FingerprintDsl, TrackedFingerprintDsl, UnversionedFingerprintDsl};
#[cfg(feature = "lease")]
pub use lease::{LeaseDsl, LeasedDsl, LeasedSliceDsl};
pub use many::VersionedSliceDsl;
pub use one::VersionedDsl;
#[cfg(feature = "retry")]
pub use retry::RetryDsl;
pub use tracked::{TrackedDsl, UnversionedDsl};
pub use transaction::TransactionDsl;
