//! What has a version is not saved without it.

use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Tracked, Unversioned};

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Tracked<Contact>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_unchanged(conn).map(drop)
}

fn main() {}
