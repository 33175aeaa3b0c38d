//! `Tracked::save_unchanged`: a table without a version.

use crate::helpers::expect::{self, ANN};
use crate::helpers::legacy::{changed, conflict, legacy};
use crate::helpers::people::{changed_my_mind, delete, find, rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use optlock::{Error, Found, Saved};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, counters, readings, twins};
use std::fmt::Debug;
use std::thread;

#[test]
fn what_nobody_else_has_changed_is_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    for (name, phone) in [
        ("Ann B.", Some("111")),
        ("Ann B.", None),
        ("Anna", Some("222")),
    ] {
        ann.name = name.into();
        ann.phone = phone.map(Into::into);
        assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
        assert_eq!(ann.base(), &*ann);
        assert_eq!(*legacy(1, conn), *ann);
    }
    assert_eq!(stored(2, conn), Contact::bob());
}

#[test]
fn what_has_not_changed_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    rename(1, "Anna", conn);
    let watch = Watch::on(conn);
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::NothingChanged);
    assert_eq!(watch.take_sent(), [""; 0]);
}

#[test]
fn what_somebody_else_has_changed_is_told_and_left_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    ann.phone = None;
    let before = ann.clone();
    rename(1, "Anna", conn);
    changed(ann.save_unchanged(conn), &["name"]);
    assert_eq!(ann, before);

    let theirs = (contacts::phone.eq("222"), contacts::name.eq("Ann-Marie"));
    diesel::update(contacts::table.find(1))
        .set(theirs)
        .execute(conn)
        .unwrap();
    changed(ann.save_unchanged(conn), &["name", "phone"]);
    assert_eq!(ann, before);
    let row = stored(1, conn);
    assert_eq!(
        (&*row.name, row.phone.as_deref()),
        ("Ann-Marie", Some("222"))
    );
}

#[test]
fn a_row_that_is_gone_is_not_inserted_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    ann.phone = None;
    let before = ann.clone();
    delete(1, conn);
    let result = ann.save_unchanged(conn);
    assert!(result.as_ref().unwrap_err().is_missing());
    assert_eq!(conflict(result, ANN, "is gone"), Found::Missing);
    assert_eq!(ann, before);
    assert_eq!(find(1, conn), None);
}

/// The collation of MariaDB calls 'ANN' and 'Ann ' equal to 'Ann'.
#[test]
fn a_change_that_a_collation_does_not_see_is_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for theirs in ["ANN", "Ann "] {
        rename(1, "Ann", conn);
        let mut ann = legacy(1, conn);
        rename(1, theirs, conn);
        ann.phone = None;
        changed(ann.save_unchanged(conn), &["name"]);
    }
}

#[derive(
    Debug, Clone, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Diff, Unversioned,
)]
#[diesel(table_name = readings)]
struct Reading {
    id: i32,
    value: f32,
    unit: String,
}

/// `WHERE value = 0.1` finds no row of MariaDB's FLOAT.
#[test]
fn a_float_that_nobody_has_changed_is_no_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(readings::table)
        .values(Reading {
            id: 1,
            value: 0.1,
            unit: "m".into(),
        })
        .execute(conn)
        .unwrap();
    let reading: Reading = readings::table
        .select(Reading::as_select())
        .first(conn)
        .unwrap();
    let (mut mine, mut theirs) = (Tracked::new(reading.clone()), Tracked::new(reading));
    mine.unit = "km".into();
    assert_eq!(mine.save_unchanged(conn).unwrap(), Saved::Written);
    mine.value = 0.2;
    assert_eq!(mine.save_unchanged(conn).unwrap(), Saved::Written);

    theirs.value = 0.3;
    let message = "was changed since it was loaded: value, unit";
    conflict(theirs.save_unchanged(conn), ("readings", "1"), message);
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Cached {
    id: i32,
    name: String,
    #[optlock(ignore)]
    phone: Option<String>,
}

#[test]
fn what_is_ignored_is_neither_compared_nor_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let row: Cached = contacts::table
        .find(1)
        .select(Cached::as_select())
        .first(conn)
        .unwrap();
    let mut cached = Tracked::new(row);
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq("222"))
        .execute(conn)
        .unwrap();
    cached.name = "Ann B.".into();
    cached.phone = None;
    assert_eq!(cached.save_unchanged(conn).unwrap(), Saved::Written);
    let row = stored(1, conn);
    assert_eq!((&*row.name, row.phone.as_deref()), ("Ann B.", Some("222")));
}

#[test]
fn after_an_error_of_the_database_everything_is_what_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    ann.name = String::new();
    let before = ann.clone();
    let error = ann.save_unchanged(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn), Contact::ann());

    ann.name = "Ann B.".into();
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
}

#[test]
fn a_transaction_around_it_goes_on_after_a_conflict_and_puts_the_value_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (legacy(1, conn), legacy(2, conn));
    rename(1, "Anna", conn);
    (ann.phone, bob.phone) = (None, Some("333".into()));
    let before = bob.clone();
    let result = transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        changed(ann.save_unchanged(conn), &["name"]);
        assert_eq!(bob.save_unchanged(conn)?, Saved::Written);
        assert_eq!(legacy(2, conn).phone, Some("333".into()));
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(bob, before);
    assert_eq!(stored(2, conn), Contact::bob());
}

/// What the column is called says nothing if the field is called something else.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts)]
struct Software {
    id: i32,
    name: String,
    #[diesel(column_name = version)]
    release: i64,
}

#[test]
fn a_column_that_is_only_called_version_is_compared_and_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let row: Software = contacts::table
        .find(1)
        .select(Software::as_select())
        .first(conn)
        .unwrap();
    let (mut mine, mut theirs) = (Tracked::new(row.clone()), Tracked::new(row));
    theirs.release = 7;
    assert_eq!(theirs.save_unchanged(conn).unwrap(), Saved::Written);
    assert_eq!(stored(1, conn).version, 7);
    mine.name = "Ann B.".into();
    changed(mine.save_unchanged(conn), &["release"]);
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = twins)]
struct Twin {
    id: i32,
    name: String,
}

#[test]
fn two_rows_of_one_key_are_not_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let twin = (twins::id.eq(1), twins::name.eq("twin"));
    diesel::insert_into(twins::table)
        .values([twin, twin])
        .execute(conn)
        .unwrap();
    let mut twin: Tracked<Twin> = Tracked::new(Twin {
        id: 1,
        name: "twin".into(),
    });
    twin.name = "changed".into();
    let error = twin.save_unchanged(conn).unwrap_err();
    let message = "matched 2 rows: the model's primary key is not unique";
    expect::says(&error, ("twins", "1"), message);
    let names: Vec<String> = twins::table.select(twins::name).load(conn).unwrap();
    assert_eq!(names, ["twin", "twin"]);
}

#[test]
fn an_enum_of_connections_locks_as_its_database_does() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = legacy(1, conn);
    let any = &mut AnyConnection::from(scratch.connect());
    ann.phone = None;
    assert_eq!(ann.save_unchanged(any).unwrap(), Saved::Written);
    rename(1, "Anna", conn);
    ann.phone = Some("222".into());
    changed(ann.save_unchanged(any), &["name"]);
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = counters)]
struct Counter {
    id: i32,
    value: i32,
}

const THREADS: i32 = 6;
const INCREMENTS: i32 = 50;

fn increment(conn: &mut Conn) -> Result<Saved, Error> {
    let counter: Counter = counters::table.select(Counter::as_select()).first(conn)?;
    let mut counter = Tracked::new(counter);
    counter.value += 1;
    counter.save_unchanged(conn)
}

#[test]
fn each_increment_of_many_threads_counts() {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(counters::table)
        .values((counters::id.eq(1), counters::value.eq(0)))
        .execute(conn)
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let conn = &mut scratch.connect();
                for _ in 0..INCREMENTS {
                    while let Err(error) = increment(conn) {
                        // On SQLite too: it waits for the write lock, and does not give up.
                        assert!(error.is_conflict() && !error.is_transient(), "{error:?}");
                    }
                }
            });
        }
    });
    let value: i32 = counters::table.select(counters::value).first(conn).unwrap();
    assert_eq!(value, THREADS * INCREMENTS);
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct PhonePatch {
    id: i32,
    name: String,
    phone: Option<String>,
}

#[test]
fn what_was_left_alone_is_no_conflict_of_the_next_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let row = contacts::table.find(1).select(PhonePatch::as_select());
    let mut ann = Tracked::new(row.first(conn).unwrap());
    ann.phone = None;
    for name in ["Anna", "Anne"] {
        ann.name = name.into();
        assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
    }
    assert_eq!(stored(1, conn).phone.as_deref(), Some("111"));
}
