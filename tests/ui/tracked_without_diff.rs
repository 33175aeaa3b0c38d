//! A value that knows what has changed derives `Diff`.

use diesel::prelude::*;
use optlock::Tracked;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Tracked<Contact>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_changed(conn).map(drop)
}

fn main() {}
