//! What a conflict makes of a value is in the result, and nowhere else.
#![deny(unused_must_use)]

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(all: &mut [Contact], conn: &mut SqliteConnection) {
    all.save_each_checked(conn);
}

fn start_again(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.refresh(conn)?;
    Ok(())
}

fn main() {}
