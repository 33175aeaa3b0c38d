//! What is loaded is `Selectable`.

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

#[derive(Queryable)]
struct Contact {
    id: i32,
    name: String,
}

fn load(rename: &mut Rename<'_>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    rename.load_current_as::<Contact>(conn)?;
    rename.save_or_load_as::<Contact>(conn).map(drop)
}

fn main() {}
