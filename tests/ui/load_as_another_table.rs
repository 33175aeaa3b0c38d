//! What is loaded is a row of the same table.

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

#[derive(Queryable, Selectable)]
#[diesel(table_name = notes)]
struct Note {
    id: i32,
    text: String,
}

fn load(rename: &Rename<'_>, conn: &mut SqliteConnection) -> Result<Option<Note>, optlock::Error> {
    rename.load_current_as::<Note>(conn)
}

fn main() {}
