//! A batch needs a connection, not a pool.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
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

fn save(
    contacts: &mut [Contact],
    pool: &mut Pool<ConnectionManager<SqliteConnection>>,
) -> Result<(), optlock::Error> {
    contacts.save_all_checked(pool)
}

fn main() {}
