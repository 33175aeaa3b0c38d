//! A mistake that two derives find is told once.

use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(diesel::Identifiable, diesel::AsChangeset, Versioned, Diff)]
struct Contact {
    id: i32,
    #[optlock(ignored)]
    name: String,
    version: i64,
}

fn differ(mine: &Contact, theirs: &Contact) -> usize {
    mine.diff(theirs).len()
}

fn main() {}
