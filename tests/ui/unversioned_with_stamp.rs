//! An audit stamp belongs to a version.

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
    #[optlock(updated_on)]
    name: String,
}

fn save(contact: &mut Tracked<Contact>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_unchanged(conn).map(drop)
}

fn main() {}
