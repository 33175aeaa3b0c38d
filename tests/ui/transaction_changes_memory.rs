//! What the body of a transaction saves is passed to it: a value that it captures would stay ahead
//! after a rollback.

use diesel::prelude::*;
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

fn save(ann: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    optlock::transaction(conn, (), |conn, ()| ann.save_checked(conn))
}

fn save_at_once(mut ann: Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    optlock::TransactionOptions::new()
        .immediate()
        .run(conn, (), |conn, ()| ann.save_checked(conn))
}

fn main() {}
