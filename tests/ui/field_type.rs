//! A type that the database does not store.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Jsonb,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: serde_json::Value,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut MysqlConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
