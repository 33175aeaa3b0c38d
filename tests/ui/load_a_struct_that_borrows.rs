//! A struct that borrows cannot be loaded.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Rename<'a> {
    id: i32,
    name: &'a str,
    version: i64,
}

fn load(rename: &Rename<'_>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    rename.load_current(conn).map(drop)
}

fn main() {}
