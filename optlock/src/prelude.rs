//! What a file that works with versioned values imports, beside `diesel::prelude::*`: the derives,
//! the traits of the same names, the operations on one value and on many, and [`Tracked`].
//!
//! ```
//! use diesel::prelude::*;
//! use optlock::prelude::*;
//! # fn changes<M: Diff>(a: &M, b: &M) -> usize { a.diff(b).len() }
//! # fn id<M: Versioned>(model: &M) -> M::Key { model.key() }
//! ```

pub use crate::{Diff, Tracked, Unversioned, Versioned, VersionedDsl, VersionedSliceDsl};
