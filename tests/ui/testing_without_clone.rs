//! The test kit needs copies of a value, and loads its row.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
        version -> BigInt,
    }
}

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Note {
    id: i32,
    text: String,
    version: i64,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = notes)]
struct Borrowed<'a> {
    id: i32,
    text: &'a str,
    version: i64,
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = notes)]
struct Merged {
    id: i32,
    text: String,
    version: i64,
}

fn check(note: &Note, borrowed: &Borrowed<'_>, merged: &Merged, conn: &mut SqliteConnection) {
    optlock::testing::assert_versioned(conn, note);
    optlock::testing::assert_versioned(conn, borrowed);
    optlock::testing::assert_merges(conn, merged, |_| {}, |_| {});
}

fn main() {}
