//! Timestamps under a clock that is set by the test: as the version, and as the audit stamp.

use crate::helpers::expect::{self, Row};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use std::cell::Cell;
use std::fmt::Debug;

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
}

/// The clock of this file's models. Each test runs on a thread of its own.
fn now() -> DateTime<Utc> {
    NOW.get()
}

/// In 2001, with all digits.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 123_456_789).unwrap()
}

diesel::table! {
    articles {
        id -> Integer,
        title -> Text,
        version -> BigInt,
        micros -> Timestamp,
        millis -> Timestamp,
        seconds -> Timestamp,
    }
}

const ARTICLE: Row = ("articles", "1");

fn insert(conn: &mut Conn) {
    conn.batch_execute(
        "CREATE TABLE articles (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL, \
         version BIGINT NOT NULL, micros TIMESTAMP(6) NOT NULL, millis TIMESTAMP(3) NOT NULL, \
         seconds TIMESTAMP(0) NOT NULL)",
    )
    .unwrap();
    use articles::*;
    let before = DateTime::from_timestamp(900_000_000, 0)
        .unwrap()
        .naive_utc();
    diesel::insert_into(table)
        .values((
            id.eq(1),
            title.eq("old"),
            version.eq(1),
            micros.eq(before),
            millis.eq(before),
            seconds.eq(before),
        ))
        .execute(conn)
        .unwrap();
}

/// A model with a timestamp of that precision.
trait Dated:
    Versioned<Version: Debug> + methods::Save<Conn> + methods::Touch<Conn> + Clone + PartialEq + Debug
{
    fn load(conn: &mut Conn) -> Self;
    fn time(&self) -> NaiveDateTime;
}

macro_rules! article {
    ($name:ident, $column:ident, #[optlock($($mark:tt)*)] $(, $version:ident: $integer:ty)?) => {
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
        )]
        #[diesel(table_name = articles)]
        struct $name {
            id: i32,
            title: String,
            $($version: $integer,)?
            #[optlock($($mark)*)]
            $column: NaiveDateTime,
        }

        impl Dated for $name {
            fn load(conn: &mut Conn) -> Self {
                articles::table
                    .find(1)
                    .select(Self::as_select())
                    .first(conn)
                    .unwrap()
            }

            fn time(&self) -> NaiveDateTime {
                self.$column
            }
        }
    };
}

article!(Micros, micros, #[optlock(version, clock = now)]);
article!(Millis, millis, #[optlock(version, precision = "millis", clock = now)]);
article!(Seconds, seconds, #[optlock(version, clock = now, precision = "seconds")]);
article!(StampedMicros, micros, #[optlock(updated_on, clock = now)], version: i64);
article!(StampedMillis, millis, #[optlock(updated_on, precision = "millis", clock = now)], version: i64);
article!(StampedSeconds, seconds, #[optlock(updated_on, clock = self::now, precision = "seconds")], version: i64);

/// Writes the row, and asserts the time that it and memory have then.
#[track_caller]
fn writes<M: Dated>(mine: &mut M, conn: &mut Conn, expected: DateTime<Utc>) {
    let mut stale = mine.clone();
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.time(), expected.naive_utc());
    assert_eq!(M::load(conn), *mine);
    let [before, after] = [&stale, &*mine].map(|row| {
        use optlock::VersionToken as _;
        row.version().describe()
    });
    expect::modified(stale.save_checked(conn), ARTICLE, before, after);
}

/// The clock runs, stands, is set back, and runs again; the column has that unit.
fn story<M: Dated>(unit: TimeDelta, conn: &mut Conn) {
    let cut = |time: DateTime<Utc>| {
        let nanos = time.timestamp_nanos_opt().unwrap();
        DateTime::from_timestamp_nanos(nanos - nanos % unit.num_nanoseconds().unwrap())
    };
    NOW.set(start());
    let mut mine = M::load(conn);
    writes(&mut mine, conn, cut(start()));
    // Two writes in one tick differ.
    writes(&mut mine, conn, cut(start()) + unit);
    writes(&mut mine, conn, cut(start()) + unit * 2);

    NOW.set(start() - TimeDelta::hours(1));
    writes(&mut mine, conn, cut(start()) + unit * 3);
    let mut touched = M::load(conn);
    touched.touch_checked(conn).unwrap();
    assert_eq!(touched.time(), (cut(start()) + unit * 4).naive_utc());
    assert_eq!(M::load(conn), touched);

    NOW.set(start() + TimeDelta::hours(1));
    writes(&mut touched, conn, cut(start() + TimeDelta::hours(1)));
}

fn on_each_precision(tell: [fn(&mut Conn); 3]) {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    tell.iter().for_each(|tell| tell(conn));
}

#[test]
fn a_version_moves_on_whatever_the_clock_does() {
    on_each_precision([
        |conn| story::<Micros>(TimeDelta::microseconds(1), conn),
        |conn| story::<Millis>(TimeDelta::milliseconds(1), conn),
        |conn| story::<Seconds>(TimeDelta::seconds(1), conn),
    ]);
}

#[test]
fn an_audit_stamp_moves_on_whatever_the_clock_does() {
    on_each_precision([
        |conn| story::<StampedMicros>(TimeDelta::microseconds(1), conn),
        |conn| story::<StampedMillis>(TimeDelta::milliseconds(1), conn),
        |conn| story::<StampedSeconds>(TimeDelta::seconds(1), conn),
    ]);
}

/// 23:59:60, which chrono can say and no database holds.
#[test]
fn a_leap_second_is_the_last_moment_of_its_minute() {
    fn tell<M: Dated>(unit: TimeDelta, conn: &mut Conn) {
        let midnight = DateTime::from_timestamp(1_483_228_800, 0).unwrap();
        let before = DateTime::from_timestamp(1_483_228_799, 0).unwrap();
        NOW.set(DateTime::from_timestamp(before.timestamp(), 1_500_000_000).unwrap());
        assert!(NOW.get().to_string().starts_with("2016-12-31 23:59:60.5"));
        let mut mine = M::load(conn);
        writes(&mut mine, conn, midnight - unit);
        writes(&mut mine, conn, midnight);
        NOW.set(before);
        writes(&mut mine, conn, midnight + unit);
    }
    on_each_precision([
        |conn| tell::<Micros>(TimeDelta::microseconds(1), conn),
        |conn| tell::<Millis>(TimeDelta::milliseconds(1), conn),
        |conn| tell::<Seconds>(TimeDelta::seconds(1), conn),
    ]);
    on_each_precision([
        |conn| tell::<StampedMicros>(TimeDelta::microseconds(1), conn),
        |conn| tell::<StampedMillis>(TimeDelta::milliseconds(1), conn),
        |conn| tell::<StampedSeconds>(TimeDelta::seconds(1), conn),
    ]);
}
