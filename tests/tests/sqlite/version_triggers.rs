//! Triggers that advance the version, on tables that SQLite alone has.

use crate::helpers::triggers;
use crate::prelude::*;
use crate::{Conn, Scratch, Zoned};
use chrono::{DateTime, TimeDelta, Utc};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

diesel::table! {
    use diesel::sql_types::*;
    use super::Zoned;

    notes (author, number) {
        author -> Text,
        number -> Integer,
        text -> Text,
        version -> BigInt,
        updated_on -> Zoned,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = notes, primary_key(author, number))]
struct Note {
    author: String,
    number: i32,
    text: String,
    version: i64,
    #[optlock(updated_on)]
    updated_on: DateTime<Utc>,
}

fn notes(options: &str, conn: &mut Conn) {
    conn.batch_execute(&format!(
        "CREATE TABLE notes (author TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, \
         version BIGINT NOT NULL DEFAULT 1, updated_on TIMESTAMP NOT NULL, PRIMARY KEY (author, number)) {options};
         INSERT INTO notes (author, number, text, updated_on) VALUES ('Ann', 1, 'a', '2001-01-01 00:00:00+00:00'), \
         ('Ann', 2, 'a', '2001-01-01 00:00:00+00:00')"
    ))
    .unwrap();
    let _ = triggers::create::<Note>(conn);
}

fn note(number: i32, conn: &mut Conn) -> Note {
    let note = notes::table.find(("Ann", number)).select(Note::as_select());
    note.first(conn).unwrap()
}

#[test]
fn a_table_without_rowid_has_one_too() {
    for options in ["", "WITHOUT ROWID"] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        notes(options, conn);
        conn.batch_execute("UPDATE notes SET text = 'b' WHERE number = 2")
            .unwrap();
        assert_eq!((note(1, conn).version, note(2, conn).version), (1, 2));
    }
}

#[test]
fn a_stamp_with_a_zone_is_read_by_diesel_and_saved_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    notes("", conn);
    conn.batch_execute("UPDATE notes SET text = 'b'").unwrap();
    let mut mine = note(1, conn);
    assert!(
        (Utc::now() - mine.updated_on).abs() < TimeDelta::minutes(1),
        "{mine:?}"
    );
    let stored =
        diesel::sql_query("DELETE FROM notes WHERE number = 2 AND updated_on LIKE '%.___+00:00'");
    assert_eq!(stored.execute(conn), Ok(1)); // in Diesel's own form
    mine.save_checked(conn).unwrap();
    assert_eq!(note(1, conn), mine);
}

#[test]
fn it_fires_once_where_triggers_are_recursive() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("PRAGMA recursive_triggers = ON")
        .unwrap();
    let _ = triggers::create::<Contact>(conn);
    for (set, becomes) in [("name = 'b'", 2), ("version = 1", 3), ("version = 9", 9)] {
        conn.batch_execute(&format!("UPDATE contacts SET {set}"))
            .unwrap();
        let version = contacts::table
            .find(1)
            .select(contacts::version)
            .first(conn);
        assert_eq!(version, Ok(becomes));
    }
}

/// It leaves the version alone, and nobody can tell it from the write of another program. The condition mends it.
#[test]
fn a_trigger_that_writes_the_row_again_makes_the_next_save_a_false_conflict() {
    for (condition, is_conflict) in [("", true), ("WHEN NEW.version <= OLD.version", false)] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "CREATE TRIGGER touches AFTER UPDATE ON contacts {condition} BEGIN \
             UPDATE contacts SET phone = 'now' WHERE id = NEW.id; END"
        ))
        .unwrap();
        let mut ann = Contact::ann();
        ann.save_checked(conn).unwrap();
        ann.save_checked(conn).unwrap();
        let _ = triggers::create::<Contact>(conn);
        ann.save_checked(conn).unwrap();
        let again = ann.save_checked(conn);
        assert_eq!(
            again.is_err_and(|error| error.is_conflict()),
            is_conflict,
            "{condition}"
        );
        // Other writers are noticed.
        let mut bob = Contact::bob();
        conn.batch_execute("UPDATE contacts SET name = 'Rob' WHERE id = 2")
            .unwrap();
        assert!(bob.save_checked(conn).unwrap_err().is_conflict());
    }
}

/// It deletes the row, and inserts another one.
#[test]
fn a_row_that_is_replaced_starts_anew_and_is_not_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    let mut ann = Contact::ann();
    conn.batch_execute("INSERT OR REPLACE INTO contacts (id, name) VALUES (1, 'Anna')")
        .unwrap();
    ann.save_checked(conn).unwrap();
}

mod attached {
    diesel::table! {
        other.attached (id) {
            id -> Integer,
            version -> BigInt,
        }
    }
}
use attached::attached as attached_table;

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = attached_table)]
struct Attached {
    id: i32,
    version: i64,
}

#[test]
fn a_table_of_an_attached_database_has_one_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ATTACH ':memory:' AS other; CREATE TABLE other.attached (id INTEGER PRIMARY KEY, version BIGINT NOT NULL);
         CREATE TABLE attached (id INTEGER PRIMARY KEY, version BIGINT NOT NULL);
         INSERT INTO other.attached VALUES (1, 1); INSERT INTO attached VALUES (1, 1)",
    )
    .unwrap();
    let sql = triggers::create::<Attached>(conn);
    conn.batch_execute("UPDATE main.attached SET id = 1; UPDATE other.attached SET id = 1")
        .unwrap();
    let mut one = Attached { id: 1, version: 1 };
    assert!(one.touch_checked(conn).unwrap_err().is_conflict());
    one.version = 2;
    one.touch_checked(conn).unwrap();
    conn.batch_execute(sql.down()).unwrap();
    let left = diesel::sql_query("UPDATE other.attached SET version = 7 WHERE version = 3");
    assert_eq!(left.execute(conn), Ok(1));
}

/// `OLD` is the table in the trigger's own update.
mod rows {
    diesel::table! {
        #[sql_name = "new"]
        fresh (id) {
            id -> Integer,
            tenant -> Integer,
            version -> BigInt,
            updated_on -> Timestamp,
        }
    }
}
use rows::fresh;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = fresh)]
struct Fresh {
    id: i32,
    #[optlock(scope)]
    #[diesel(skip_update)]
    tenant: i32,
    version: i64,
    #[optlock(updated_on)]
    updated_on: chrono::NaiveDateTime,
}

#[test]
fn a_table_that_is_called_new_has_one_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE new (id INTEGER, tenant INTEGER, version BIGINT NOT NULL, updated_on TIMESTAMP NOT NULL);
         INSERT INTO new VALUES (1, 1, 5, '2001-01-01 00:00:00'), (2, 1, 5, '2001-01-01 00:00:00'), \
         (1, 2, 5, '2001-01-01 00:00:00')",
    )
    .unwrap();
    let _ = triggers::create::<Fresh>(conn);
    conn.batch_execute("UPDATE new SET version = 1 WHERE tenant = 2")
        .unwrap();
    let rows = fresh::table.select(Fresh::as_select()).load(conn).unwrap();
    let versions: Vec<_> = rows.iter().map(|row| row.version).collect();
    assert_eq!(versions, [5, 5, 6]);
    assert_eq!(rows[0].updated_on, rows[1].updated_on);
    assert!(Utc::now().naive_utc() - rows[2].updated_on < TimeDelta::minutes(1));
}
