//! An async connection belongs to another prelude.

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

/// As diesel-async calls it.
struct AsyncPgConnection;

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
