//! What is compared derives `Diff`.

use optlock::prelude::*;

struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
