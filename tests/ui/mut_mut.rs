//! `&mut conn` of a `conn` that is a `&mut` already.

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

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Contact, mut conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(&mut conn)
}

fn main() {}
