//! What makes a page again changes nothing that it captures: a rollback would leave it ahead of its row.

use diesel::prelude::*;
use optlock::prelude::*;
use optlock::seal::Seal;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Fingerprint)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn both(ann: &mut Contact, bob: &mut Contact, seal: &Seal<'_>, conn: &mut SqliteConnection) {
    let _ = ann.save_if_unchanged("", seal, conn, |conn, page, _| {
        bob.save_checked(conn)?;
        Ok(page)
    });
}

fn main() {}
