//! A version that the database makes is inserted from memory.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Identifiable, Insertable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    #[optlock(version, generated)]
    version: i64,
}

fn insert(contact: &mut Contact, conn: &mut SqliteConnection) {
    contact.upsert_checked(conn).unwrap();
}

fn main() {}
