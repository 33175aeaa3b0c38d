//! `ignore` takes no value.

use optlock::prelude::*;

#[derive(Diff)]
struct Contact {
    id: i32,
    #[optlock(ignore = true)]
    name: String,
    version: i64,
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
