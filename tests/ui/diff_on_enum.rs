//! Only a struct has fields to compare.

use optlock::prelude::*;

#[derive(Diff)]
enum Contact {
    Person { id: i32 },
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
