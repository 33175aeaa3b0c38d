//! An embedded struct is compared field by field, so it derives `Diff` too.

use optlock::prelude::*;

#[derive(Clone, PartialEq, Debug)]
struct Address {
    city: String,
}

#[derive(Diff)]
struct Contact {
    id: i32,
    #[diesel(embed)]
    address: Address,
    version: i64,
}

fn main() {}
