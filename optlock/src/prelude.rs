//! What a file that works with versioned values imports, beside `diesel::prelude::*`: the derives, the
//! traits of the same names, and [`Tracked`]; and each trait that has a method which sends something:
//!
//! | trait | methods of |
//! |---|---|
//! | [`VersionedDsl`] | a value |
//! | [`VersionedSliceDsl`] | many values |
//! | [`ChunksDsl`] | [`Chunks`](crate::Chunks): many values out of an iterator, committed chunk by chunk |
//! | [`TrackedDsl`] | a value that knows its base |
//! | [`UnversionedDsl`] | the same, of a table without a version |
//! | [`AttemptDsl`], [`ResolveDsl`] | an [`Attempt`](crate::Attempt), which [`MakeAttempt`] makes of a value |
//! | [`TransactionDsl`] | [`TransactionOptions`](crate::TransactionOptions): `run` |
//! | `RetryDsl` (feature `retry`) | `retry::Policy`: `run` |
//! | `FingerprintDsl`, `TrackedFingerprintDsl`, `UnversionedFingerprintDsl` (feature `fingerprint`) | a value that a page has shown: `save_if_unchanged` |
//! | `FormDsl` (feature `form`) | a value, whose version goes into a form. It sends nothing |
//! | `LeaseDsl` (feature `lease`) | `lease::Lease` |
//! | `LeasedDsl`, `LeasedSliceDsl` (feature `lease`) | a value, or many, whose rows can be leased |
//! | `ConditionalDsl` (feature `http`) | a value, with an `If-Match`; `Conditional` has what sends nothing |
//!
//! Import them all, by `*`: without [`TrackedDsl`], a save of a [`Tracked`] value is that of its model.
//!
//! ```
//! use diesel::prelude::*;
//! use optlock::prelude::*;
//! # fn changes<M: Diff>(a: &M, b: &M) -> usize { a.diff(b).len() }
//! # fn id<M: Versioned>(model: &M) -> M::Key { model.key() }
//! ```

#[cfg(feature = "http")]
pub use crate::ConditionalDsl;
#[cfg(feature = "form")]
pub use crate::FormDsl;
#[cfg(feature = "retry")]
pub use crate::RetryDsl;
#[cfg(feature = "http")]
pub use crate::http::Conditional;
pub use crate::{
    AttemptDsl, ChunksDsl, Diff, MakeAttempt, ResolveDsl, Tracked, TrackedDsl, TransactionDsl,
    Unversioned, UnversionedDsl, Versioned, VersionedDsl, VersionedSliceDsl,
};
#[cfg(feature = "fingerprint")]
pub use crate::{Fingerprint, FingerprintDsl, TrackedFingerprintDsl, UnversionedFingerprintDsl};
#[cfg(feature = "lease")]
pub use crate::{LeaseDsl, LeasedDsl, LeasedSliceDsl};
