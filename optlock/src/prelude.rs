//! What a file that works with versioned values imports, beside `diesel::prelude::*`: the derive,
//! the trait of the same name, and the operations.
//!
//! ```
//! use diesel::prelude::*;
//! use optlock::prelude::*;
//! # fn id<M: Versioned>(model: &M) -> M::Key { model.key() }
//! ```

pub use crate::{Versioned, VersionedDsl};
