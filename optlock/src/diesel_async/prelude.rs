//! What a file that works with versioned values on async connections imports, beside `diesel::prelude::*` and
//! `diesel_async::RunQueryDsl`. It has the derives, and the traits of [`optlock::prelude`](crate::prelude)
//! under the same names. A file imports one prelude or the other.

#[cfg(feature = "http")]
pub use super::ConditionalDsl;
#[cfg(feature = "retry")]
pub use super::RetryDsl;
pub use super::{
    AttemptDsl, ChunksDsl, ResolveDsl, TrackedDsl, TransactionDsl, UnversionedDsl, VersionedDsl,
    VersionedSliceDsl,
};
#[cfg(feature = "fingerprint")]
pub use super::{FingerprintDsl, TrackedFingerprintDsl, UnversionedFingerprintDsl};
#[cfg(feature = "lease")]
pub use super::{LeaseDsl, LeasedDsl, LeasedSliceDsl};
#[cfg(feature = "fingerprint")]
pub use crate::Fingerprint;
#[cfg(feature = "form")]
pub use crate::FormDsl;
#[cfg(feature = "http")]
pub use crate::http::Conditional;
pub use crate::{Diff, MakeAttempt, Tracked, Unversioned, Versioned};
