//! The ends of MariaDB's and MySQL's `TIMESTAMP` (2038) and `DATETIME` (9999).

use crate::helpers::expect;
use crate::helpers::last_version::expect_exhausted;
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use optlock_tests::any::AnyConnection;
use optlock_tests::prepared::Watch;

diesel::table! {
    dated {
        id -> Integer,
        stamp -> Timestamp,
        maybe -> Nullable<Timestamp>,
        time -> Datetime,
        version -> BigInt,
    }
}

const ROW: expect::Row = ("dated", "1");

macro_rules! model {
    ($name:ident, #[$mark:meta] $column:ident: $type:ty $(, $version:ident: i64)?) => {
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
        )]
        #[diesel(table_name = dated, treat_none_as_null = true)]
        struct $name {
            id: i32,
            #[$mark]
            $column: $type,
            $($version: i64,)?
        }

        impl $name {
            fn load(conn: &mut Conn) -> Self {
                let row = dated::table.find(1).select(Self::as_select());
                row.first(conn).unwrap()
            }
        }
    };
}

model!(Stamp, #[optlock(version)] stamp: NaiveDateTime);
model!(Time, #[optlock(version)] time: NaiveDateTime);
model!(Audited, #[optlock(updated_on)] stamp: NaiveDateTime, version: i64);
model!(MaybeAudited, #[optlock(updated_on)] maybe: Option<NaiveDateTime>, version: i64);

fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn last_timestamp() -> NaiveDateTime {
    at("2038-01-19T03:14:07.999999")
}

fn last_time() -> NaiveDateTime {
    at("9999-12-31T23:59:59.999999")
}

/// Each column one microsecond before the end of its type.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE dated (id INTEGER NOT NULL PRIMARY KEY, stamp TIMESTAMP(6) NOT NULL, \
         maybe TIMESTAMP(6) NULL, time DATETIME(6) NOT NULL, version BIGINT NOT NULL)",
    )
    .unwrap();
    let unit = TimeDelta::microseconds(1);
    diesel::insert_into(dated::table)
        .values((
            dated::id.eq(1),
            dated::stamp.eq(last_timestamp() - unit),
            dated::maybe.eq(last_timestamp() - unit),
            dated::time.eq(last_time() - unit),
            dated::version.eq(1),
        ))
        .execute(conn)
        .unwrap();
    scratch
}

/// MariaDB would store the present time, or NULL, and say that all is well.
#[test]
fn a_timestamp_as_the_version_is_used_up_to_its_end() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut mine = Stamp::load(conn);
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.stamp, last_timestamp());
    assert_eq!(Stamp::load(conn), mine);

    let before = mine.clone();
    let watch = Watch::on(conn);
    expect_exhausted(mine.save_checked(conn), ROW, last_timestamp());
    expect_exhausted(mine.touch_checked(conn), ROW, last_timestamp());
    assert_eq!(watch.take_sent(), [""; 0]);
    expect_exhausted(mine.force_save(conn), ROW, last_timestamp());
    assert_eq!(mine, before);

    let conn = &mut AnyConnection::from(scratch.connect());
    expect_exhausted(mine.save_checked(conn), ROW, last_timestamp());
    assert_eq!(mine, before);
    // It can still be deleted.
    mine.delete_checked(conn).unwrap();
}

#[test]
fn a_datetime_goes_on_to_the_year_9999() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    diesel::update(dated::table)
        .set(dated::time.eq(at("2100-01-01T00:00:00")))
        .execute(conn)
        .unwrap();
    let mut mine = Time::load(conn);
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.time, at("2100-01-01T00:00:00.000001"));
    assert_eq!(Time::load(conn), mine);
    mine.save_checked(conn).unwrap();

    diesel::update(dated::table)
        .set(dated::time.eq(last_time()))
        .execute(conn)
        .unwrap();
    let mut mine = Time::load(conn);
    let before = mine.clone();
    expect_exhausted(mine.save_checked(conn), ROW, last_time());
    assert_eq!(mine, before);
}

#[test]
fn an_audit_stamp_stays_at_its_end() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut mine = Audited::load(conn);
    for version in 2..5 {
        mine.save_checked(conn).unwrap();
        assert_eq!((mine.stamp, mine.version), (last_timestamp(), version));
        assert_eq!(Audited::load(conn), mine);
    }
    let mut mine = MaybeAudited::load(conn);
    for version in 5..8 {
        mine.touch_checked(conn).unwrap();
        assert_eq!(
            (mine.maybe, mine.version),
            (Some(last_timestamp()), version)
        );
        assert_eq!(MaybeAudited::load(conn), mine);
    }
}

/// What makes all this necessary: no error, and another value.
#[test]
fn mariadb_stores_something_else_beyond_the_end() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let beyond = DateTime::from_timestamp(1 << 31, 0).unwrap().naive_utc();
    let rows = diesel::update(dated::table)
        .set((dated::stamp.eq(beyond), dated::maybe.eq(beyond)))
        .execute(conn);
    assert_eq!(rows, Ok(1));
    let stored = dated::table.select((dated::stamp, dated::maybe));
    let (stamp, maybe): (NaiveDateTime, Option<NaiveDateTime>) = stored.first(conn).unwrap();
    assert!(
        stamp < last_timestamp() - TimeDelta::microseconds(1),
        "{stamp}"
    );
    assert_eq!(maybe, None);
}
