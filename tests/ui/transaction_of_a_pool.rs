//! A transaction runs on a connection, and so does a retry.

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

fn transaction(pool: &mut Pool<ConnectionManager<SqliteConnection>>) -> Result<(), optlock::Error> {
    optlock::transaction(pool, (), |_, ()| Ok(()))
}

fn transaction_with_options(pool: &mut Pool<ConnectionManager<SqliteConnection>>) -> Result<(), optlock::Error> {
    optlock::TransactionOptions::new().run(pool, (), |_, ()| Ok(()))
}

fn retry(pool: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = optlock::retry(optlock::retry::Policy::new(), pool, |_| Ok::<_, optlock::Error>(()));
}

fn main() {}
