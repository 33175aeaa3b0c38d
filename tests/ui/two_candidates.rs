//! Of two fields with the name of a version, one is marked.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        edition -> BigInt,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    version: i64,
    #[diesel(column_name = edition)]
    lock_version: i64,
}

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
