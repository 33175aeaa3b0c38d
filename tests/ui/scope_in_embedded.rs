//! The scope is no part of an embedded struct.

use optlock::prelude::*;

#[derive(Clone, Diff)]
#[diesel(treat_none_as_null = true)]
struct Owner {
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: i32,
    #[optlock(scope = none)]
    deleted_at: Option<i64>,
}

fn main() {}
