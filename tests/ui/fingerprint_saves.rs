//! What `save_if_unchanged` needs of the model and of the connection.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
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

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct NoFingerprint {
    id: i32,
    name: String,
    version: i64,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned, Fingerprint)]
#[diesel(table_name = contacts)]
struct NotSelectable {
    id: i32,
    name: String,
    version: i64,
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts)]
struct Unguarded {
    id: i32,
    name: String,
}

type Pooled = Pool<ConnectionManager<SqliteConnection>>;

fn pool(contact: &mut Contact, seal: &Seal<'_>, conn: &mut Pooled) {
    let _ = contact.save_if_unchanged("", seal, conn, |_, page, _| Ok(page));
}

fn no_fingerprint(contact: &mut NoFingerprint, seal: &Seal<'_>, conn: &mut SqliteConnection) {
    let _ = contact.save_if_unchanged("", seal, conn, |_, page, _| Ok(page));
}

fn not_selectable(contact: &mut NotSelectable, seal: &Seal<'_>, conn: &mut SqliteConnection) {
    let _ = contact.save_if_unchanged("", seal, conn, |_, page, _| Ok(page));
}

fn unversioned(contact: &mut Tracked<Unguarded>, seal: &Seal<'_>, conn: &mut SqliteConnection) {
    let _ = contact.save_if_unchanged("", seal, conn, |_, page, _| Ok(page));
}

fn main() {}
