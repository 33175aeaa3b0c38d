//! The version is outside the primary key.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts (id, version) {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, primary_key(id, version))]
struct Contact {
    id: i32,
    version: i64,
    name: String,
}

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
