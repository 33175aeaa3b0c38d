//! A model that is merged derives `Diff`.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(
    contact: &mut Contact,
    base: &Contact,
    conn: &mut SqliteConnection,
) -> Result<(), optlock::Error> {
    contact.save_merged(base, conn).map(drop)
}

fn main() {}
