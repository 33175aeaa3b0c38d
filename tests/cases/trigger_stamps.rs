//! The audit stamp of a model, where another program writes the row.

use crate::helpers::triggers;
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use optlock_tests::models::Stamped;
use optlock_tests::schema::stamped;

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
        version -> Integer,
        seen_on -> Nullable<Timestamp>,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = notes, treat_none_as_null = true)]
struct Note {
    id: i32,
    text: String,
    version: i32,
    #[optlock(updated_on)]
    seen_on: Option<NaiveDateTime>,
}

fn long_ago() -> NaiveDateTime {
    DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc()
}

fn insert(conn: &mut Conn) {
    diesel::insert_into(stamped::table)
        .values(&Stamped {
            id: 1,
            name: "old".into(),
            version: 1,
            updated_on: long_ago(),
        })
        .execute(conn)
        .unwrap();
    let _ = triggers::create::<Stamped>(conn);
}

fn stored(conn: &mut Conn) -> Stamped {
    let row = stamped::table.find(1).select(Stamped::as_select());
    row.first(conn).unwrap()
}

/// The clocks of the database and of this program are one here, but for the milliseconds of SQLite.
fn is_now(time: NaiveDateTime) -> bool {
    (Utc::now().naive_utc() - time).abs() < TimeDelta::minutes(1)
}

#[test]
fn a_stamp_that_is_left_alone_is_set_to_the_time_in_utc() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    conn.batch_execute("UPDATE stamped SET name = 'new'")
        .unwrap();
    let row = stored(conn);
    assert_eq!(row.version, 2);
    assert!(is_now(row.updated_on), "{row:?}");
    // optlock saves what it has read.
    let mut row = row;
    let before = row.updated_on;
    row.save_checked(conn).unwrap();
    assert!(row.updated_on > before);
    assert_eq!(stored(conn), row);
}

#[test]
fn a_stamp_that_the_writer_sets_is_kept() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let own = long_ago() + TimeDelta::days(1);
    let update = diesel::update(stamped::table).set(stamped::updated_on.eq(own));
    update.execute(conn).unwrap();
    let row = stored(conn);
    assert_eq!((row.version, row.updated_on), (2, own));
}

#[test]
fn a_stamp_that_is_null_is_set() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(10) NOT NULL, version INTEGER NOT NULL, \
         seen_on {} NULL); INSERT INTO notes VALUES (1, 'a', 1, NULL)",
        SQL.timestamp
    ))
    .unwrap();
    let _ = triggers::create::<Note>(conn);
    conn.batch_execute("UPDATE notes SET text = 'b'").unwrap();
    let row = notes::table.select(Note::as_select());
    let mut row: Note = row.first(conn).unwrap();
    assert!(row.seen_on.is_some_and(is_now), "{row:?}");
    row.save_checked(conn).unwrap();
    assert_eq!(row.version, 3);
}
