//! To ignore the key, the version or the stamp is to misunderstand them.

use optlock::prelude::*;

#[derive(Diff)]
struct Contact {
    #[optlock(ignore)]
    id: i32,
    #[optlock(ignore)]
    version: i64,
    #[optlock(updated_on, ignore)]
    updated_on: String,
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
