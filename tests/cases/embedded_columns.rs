//! An embedded struct that writes a column which belongs to another field: the derive cannot see it.

use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;
use std::fmt::Debug;

diesel::table! {
    rooms (house, number) {
        house -> Integer,
        number -> Integer,
        name -> Text,
        #[sql_name = "the_note"]
        note -> Nullable<Text>,
        version -> BigInt,
        updated_on -> Timestamp,
    }
}

trait Room {
    fn load(conn: &mut Conn) -> Self;
}

/// What an embedded struct holds is left out of `Diff`, so that the compiler does not see it either.
macro_rules! room {
    ($name:ident, $embedded:ident { $column:ident: $ty:ty }) => {
        #[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff)]
        #[diesel(table_name = rooms, treat_none_as_null = true)]
        struct $embedded {
            #[optlock(ignore)]
            #[diesel(column_name = $column)]
            value: $ty,
        }

        #[derive(
            Debug,
            Clone,
            PartialEq,
            Queryable,
            Selectable,
            Identifiable,
            AsChangeset,
            Versioned,
            Diff,
        )]
        #[diesel(table_name = rooms, primary_key(house, number))]
        struct $name {
            house: i32,
            number: i32,
            name: String,
            #[diesel(embed)]
            part: $embedded,
            version: i64,
            #[optlock(updated_on)]
            updated_on: NaiveDateTime,
        }

        room!($name);
    };
    ($name:ident) => {
        impl Room for $name {
            fn load(conn: &mut Conn) -> Self {
                rooms::table.select(Self::as_select()).first(conn).unwrap()
            }
        }
    };
}

room!(WithVersion, Version { version: i64 });
room!(WithKey, House { house: i32 });
room!(
    WithStamp,
    Stamp {
        updated_on: NaiveDateTime
    }
);
room!(WithName, Name { name: String });
room!(WithNote, Note { note: Option<String> });

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = rooms, primary_key(house, number))]
struct WithTwoNotes {
    house: i32,
    number: i32,
    #[diesel(embed)]
    one: Note,
    #[diesel(embed)]
    other: Note,
    version: i64,
}

room!(WithTwoNotes);

const VERSION: &str =
    "an embedded struct writes the column `version` of rooms, which belongs to another field";

fn connect(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(
        "CREATE TABLE rooms (house INTEGER NOT NULL, number INTEGER NOT NULL, name VARCHAR(100) NOT NULL, \
         the_note VARCHAR(100), version BIGINT NOT NULL, updated_on TIMESTAMP(6) NOT NULL, PRIMARY KEY (house, number));
         INSERT INTO rooms VALUES (1, 2, 'kitchen', NULL, 1, '2020-01-01 00:00:00')",
    )
    .unwrap();
    conn
}

type Row = (i32, i32, String, Option<String>, i64, NaiveDateTime);

fn rows(conn: &mut Conn) -> Vec<Row> {
    rooms::table.load(conn).unwrap()
}

fn load<M: Room>(conn: &mut Conn) -> M {
    M::load(conn)
}

/// Each way to save the value is refused, and leaves memory and row alone.
fn refused<M>(mine: M, message: &str, conn: &mut Conn)
where
    M: methods::SaveOrLoad<Conn>
        + methods::Save<Conn>
        + methods::ForceSave<Conn>
        + methods::SaveAll<Conn>
        + methods::SaveEach<Conn>
        + Clone
        + PartialEq
        + Debug,
{
    let stored = rows(conn);
    let watch = Watch::on(conn);
    let mut value = mine.clone();
    let mut errors: Vec<Error> = vec![
        value.save_checked(conn).unwrap_err(),
        value.save_or_load(conn).unwrap_err(),
        value.force_save(conn).unwrap_err(),
    ];
    let mut batch = [value];
    errors.push(batch.save_all_checked(conn).unwrap_err());
    errors.push(batch.save_each_checked(conn).remove(0).unwrap_err());
    for error in errors {
        assert_eq!(error.to_string(), message);
        assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    }
    assert!(!watch.has_sent("UPDATE"), "{:?}", watch.take_sent());
    assert_eq!(batch, [mine]);
    assert_eq!(rows(conn), stored);
}

#[test]
fn the_column_of_the_version() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithVersion = load(conn);
    assert_eq!(mine.part.value, 1);
    mine.name = "hall".into();
    refused(mine.clone(), VERSION, conn);

    let mut tracked = Tracked::new(load::<WithVersion>(conn));
    tracked.name = "hall".into();
    let error = tracked.save_changed(conn).unwrap_err();
    assert_eq!(error.to_string(), VERSION);
    assert_eq!(*tracked, mine);
    assert_eq!(tracked.base().version, 1);
    // A touch writes nothing of it.
    mine.touch_checked(conn).unwrap();
    assert_eq!((rows(conn)[0].4, mine.version), (2, 2));
}

#[test]
fn a_column_of_the_key() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithKey = load(conn);
    mine.part.value = 7;
    let message =
        "an embedded struct writes the column `house` of rooms, which belongs to another field";
    refused(mine, message, conn);
}

#[test]
fn the_column_of_the_audit_stamp() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithStamp = load(conn);
    mine.part.value = DateTime::UNIX_EPOCH.naive_utc();
    let message = "an embedded struct writes the column `updated_on` of rooms, which belongs to another field";
    refused(mine, message, conn);
}

#[test]
fn the_column_of_any_other_field() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithName = load(conn);
    mine.part.value = "hall".into();
    let message =
        "an embedded struct writes the column `name` of rooms, which belongs to another field";
    refused(mine, message, conn);
}

#[test]
fn the_column_of_another_embedded_struct() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithTwoNotes = load(conn);
    mine.other.value = Some("hall".into());
    let message =
        "an embedded struct writes the column `the_note` of rooms, which belongs to another field";
    refused(mine, message, conn);
}

/// Of an enum of connections nobody but Diesel can build a text.
#[test]
fn on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let any = &mut AnyConnection::from(scratch.connect());
    let stored = rows(conn);
    let mut mine: WithVersion = load(conn);
    mine.name = "hall".into();
    let before = mine.clone();
    assert_eq!(mine.save_checked(any).unwrap_err().to_string(), VERSION);
    let mut batch = [mine];
    assert_eq!(
        batch.save_all_checked(any).unwrap_err().to_string(),
        VERSION
    );
    assert_eq!(batch, [before]);
    let mut mine: WithKey = load(conn);
    mine.part.value = 7;
    assert!(matches!(
        mine.save_checked(any),
        Err(Error::EmbeddedColumn { table: "rooms", column, .. }) if column == "house"
    ));
    assert_eq!(rows(conn), stored);

    let mut mine: WithNote = load(conn);
    mine.part.value = Some("new".into());
    mine.save_checked(any).unwrap();
    assert_eq!(load::<WithNote>(conn), mine);
}

#[test]
fn a_column_of_its_own_is_written() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine: WithNote = load(conn);
    // What a text may hold, and a statement too.
    mine.part.value = Some("`version` = 1, \"version\" = 1".into());
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.version, 2);
    assert_eq!(load::<WithNote>(conn), mine);
}
