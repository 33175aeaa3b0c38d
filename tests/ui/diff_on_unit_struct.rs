//! A struct without fields has none to compare.

use optlock::prelude::*;

#[derive(Diff)]
struct Contact;

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
