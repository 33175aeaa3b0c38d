//! A pool is no connection.

use diesel::prelude::*;
use optlock::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};

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

fn save(
    contact: &mut Contact,
    pool: &mut Pool<ConnectionManager<SqliteConnection>>,
) -> Result<(), optlock::Error> {
    contact.save_checked(pool)
}

fn main() {}
