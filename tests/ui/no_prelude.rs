//! What sends something is a method of a trait, which the prelude has.

use diesel::prelude::*;
use optlock::{Diff, Tracked, TransactionOptions, Versioned, retry::Policy};

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn save_tracked(
    contact: &mut Tracked<Contact>,
    conn: &mut SqliteConnection,
) -> Result<(), optlock::Error> {
    contact.save_checked(conn).map(drop)
}

fn transact(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    TransactionOptions::new().run(conn, (), |_, ()| Ok(()))
}

fn retry(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    Ok(Policy::new().run(conn, (), |_, ()| Ok::<_, optlock::Error>(()))?)
}

fn main() {}
