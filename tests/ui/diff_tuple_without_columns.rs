//! A field of a tuple struct says which column it is.

use optlock::prelude::*;

#[derive(Diff)]
struct Contact(#[diesel(column_name = id)] i32, String);

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
