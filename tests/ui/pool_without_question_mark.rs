//! `pool.get()` returns a result.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
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

fn save(
    contact: &mut Contact,
    pool: &Pool<ConnectionManager<SqliteConnection>>,
) -> Result<(), optlock::Error> {
    contact.save_checked(&mut pool.get())
}

fn main() {}
