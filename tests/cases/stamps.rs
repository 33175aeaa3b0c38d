//! The audit stamp beside the version.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};
use optlock_tests::models::Stamped;
use optlock_tests::schema::stamped;

/// A row that was written long ago.
fn insert(conn: &mut Conn) -> Stamped {
    let updated_on = DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc();
    let row = Stamped {
        id: 1,
        name: "old".into(),
        version: 1,
        updated_on,
    };
    diesel::insert_into(stamped::table)
        .values(&row)
        .execute(conn)
        .unwrap();
    row
}

fn stored(conn: &mut Conn) -> Stamped {
    stamped::table
        .find(1)
        .select(Stamped::as_select())
        .first(conn)
        .unwrap()
}

/// The present time as a stamp has it.
fn now() -> NaiveDateTime {
    Utc::now()
        .naive_utc()
        .duration_trunc(TimeDelta::microseconds(1))
        .unwrap()
}

#[test]
fn a_save_stamps_the_present_time_and_memory_holds_what_the_column_holds() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = insert(conn);
    let before = now();
    mine.save_checked(conn).unwrap();
    assert!(
        before <= mine.updated_on && mine.updated_on <= now(),
        "{mine:?}"
    );
    assert_eq!(stored(conn), mine);
}

#[test]
fn stamp_and_version_move_on_together() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = insert(conn);
    for version in 2..20 {
        let before = mine.updated_on;
        mine.save_checked(conn).unwrap();
        assert_eq!(mine.version, version);
        assert!(mine.updated_on > before);
        assert_eq!(stored(conn), mine);
    }
}

#[test]
fn a_stamp_from_the_future_moves_on_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let tomorrow = now() + TimeDelta::days(1);
    let mut mine = Stamped {
        updated_on: tomorrow,
        ..insert(conn)
    };
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.updated_on, tomorrow + TimeDelta::microseconds(1));
    assert_eq!(stored(conn), mine);
}

#[test]
fn a_stale_save_leaves_the_stamp_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = insert(conn);
    let (before, mut theirs) = (mine.clone(), mine.clone());
    theirs.save_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), ("stamped", "1"), 1, 2);
    assert_eq!(mine, before);
    assert_eq!(stored(conn), theirs);
}
