//! What each operation says of a pool.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::{Attempt, Chunks};
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
    }
}

#[derive(Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Unversioned, Diff)]
struct Note {
    id: i32,
    text: String,
}

fn save(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_checked(conn);
}

fn upsert(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.upsert_checked(conn);
}

fn save_or_load(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_or_load(conn);
}

fn save_merged(m: (&mut Contact, &Contact), conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.0.save_merged(m.1, conn);
}

fn touch(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.touch_checked(conn);
}

fn delete(m: &Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.delete_checked(conn);
}

fn check(m: &Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.check_current(conn);
}

fn lock(m: &Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.lock_checked(conn);
}

fn load(m: &Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.load_current(conn);
}

fn refresh(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.refresh(conn);
}

fn save_attempt(m: &mut Attempt<'_, Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_checked(conn);
}

fn resolve(m: &mut Attempt<'_, Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.resolve(conn);
}

fn force_save(m: &mut Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.force_save(conn);
}

fn force_delete(m: &Contact, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.force_delete(conn);
}

fn save_all(m: &mut [Contact], conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_all_checked(conn);
}

fn delete_all(m: &[Contact], conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.delete_all_checked(conn);
}

fn save_each(m: &mut [Contact], conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_each_checked(conn);
}

fn tracked_save(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_checked(conn);
}

fn tracked_upsert(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.upsert_checked(conn);
}

fn tracked_save_changed(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_changed(conn);
}

fn tracked_save_merged(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_merged(conn);
}

fn tracked_save_or_load(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_or_load(conn);
}

fn tracked_force_save(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.force_save(conn);
}

fn tracked_touch(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.touch_checked(conn);
}

fn tracked_refresh(m: &mut Tracked<Contact>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.refresh(conn);
}

fn save_unchanged(m: &mut Tracked<Note>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_unchanged(conn);
}

fn save_next<I: Iterator<Item = Contact>>(m: &mut Chunks<I>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.save_next(conn);
}

fn delete_next<I: Iterator<Item = Contact>>(m: &mut Chunks<I>, conn: &mut Pool<ConnectionManager<SqliteConnection>>) {
    let _ = m.delete_next(conn);
}

fn main() {}
