//! `ignore` is said once.

use optlock::prelude::*;

#[derive(Diff)]
struct Contact {
    id: i32,
    #[optlock(ignore)]
    #[optlock(ignore)]
    name: String,
    version: i64,
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
