//! The version and the audit stamp are no part of an embedded struct.

use optlock::prelude::*;

#[derive(Clone, Diff)]
struct Audit {
    #[optlock(updated_on)]
    changed_at: i64,
    #[optlock(version)]
    revision: i64,
}

fn main() {}
