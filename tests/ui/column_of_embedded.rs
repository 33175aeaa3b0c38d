//! What an embedded struct writes is its own. (Its columns are known where it derives `Diff`.)

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(AsChangeset, Diff)]
#[diesel(table_name = contacts)]
struct Release {
    #[diesel(column_name = version)]
    edition: i64,
}

#[derive(AsChangeset, Diff)]
#[diesel(table_name = contacts)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact<'a> {
    id: i32,
    #[diesel(embed)]
    release: Release,
    #[diesel(embed)]
    name: Name<'a>,
    #[diesel(embed)]
    other_name: Name<'a>,
    version: i64,
}

fn save(contact: &mut Contact<'_>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
