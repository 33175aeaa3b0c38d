//! A save finds its row by the primary key.

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

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts)]
struct Contact {
    name: String,
}

fn save(contact: &mut Tracked<Contact>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_unchanged(conn).map(drop)
}

fn main() {}
