//! What a file that works with versioned values imports, beside `diesel::prelude::*`.

pub use crate::{Versioned, VersionedDsl};
