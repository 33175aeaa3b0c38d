//! The shapes of structs that the derive takes: each compiles, saves, and meets a conflict.
#![allow(clippy::unwrap_used)]

#[path = "derive/changed.rs"]
mod changed;
#[path = "derive/columns.rs"]
mod columns;
#[path = "derive/embedded.rs"]
mod embedded;
#[path = "derive/generics.rs"]
mod generics;
#[path = "derive/keys.rs"]
mod keys;
#[path = "derive/lints.rs"]
mod lints;
#[path = "derive/none.rs"]
mod none;
#[path = "derive/scope.rs"]
mod scope;
#[path = "derive/serialized.rs"]
mod serialized;
#[path = "derive/skipped.rs"]
mod skipped;
#[path = "derive/stamps.rs"]
mod stamps;
#[path = "derive/tables.rs"]
mod tables;
#[path = "derive/versions.rs"]
mod versions;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

/// A database in memory.
fn database(setup: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(setup).unwrap();
    conn
}

/// With Ann in `contacts`.
fn ann() -> SqliteConnection {
    database(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT, version BIGINT NOT NULL);
         INSERT INTO contacts VALUES (1, 'Ann', '111', 1);",
    )
}

/// What `ann()` holds now.
fn row(conn: &mut SqliteConnection) -> (i32, String, Option<String>, i64) {
    contacts::table.first(conn).unwrap()
}

const CONFLICT: &str = "contacts 1 was changed: expected version 1, found 2";

/// Saves the value, and then a copy that holds the version from before. Returns what the second is
/// told.
fn save_twice<M>(value: M, conn: &mut SqliteConnection) -> String
where
    M: optlock::methods::Save<SqliteConnection> + Clone,
{
    let mut stale = value.clone();
    let mut value = value;
    value.save_checked(conn).unwrap();
    stale.save_checked(conn).unwrap_err().to_string()
}
