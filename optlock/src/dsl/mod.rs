//! What users call: each method hands on to its trait in [`methods`](crate::methods).

mod many;
mod one;

pub use many::VersionedSliceDsl;
pub use one::VersionedDsl;
