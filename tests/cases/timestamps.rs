//! A timestamp as the version.

use crate::helpers::expect::{self, Row};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use std::fmt::Debug;

diesel::table! {
    articles {
        id -> Integer,
        title -> Text,
        micros -> Timestamp,
        millis -> Timestamp,
        seconds -> Timestamp,
    }
}

const ARTICLE: Row = ("articles", "1");

/// A model whose version is a column of that precision.
macro_rules! article {
    ($name:ident, $column:ident, #[$version:meta]) => {
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
        )]
        #[diesel(table_name = articles)]
        struct $name {
            id: i32,
            title: String,
            #[$version]
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
        }
    };
}

article!(Micros, micros, #[optlock(version)]);
article!(Millis, millis, #[optlock(version, precision = "millis")]);
article!(Seconds, seconds, #[optlock(version, precision = "seconds")]);

trait Dated:
    Versioned<Version = NaiveDateTime> + methods::Save<Conn> + Clone + PartialEq + Debug
{
    fn load(conn: &mut Conn) -> Self;
}

fn insert(written: NaiveDateTime, conn: &mut Conn) {
    conn.batch_execute(
        "CREATE TABLE articles (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL, \
         micros TIMESTAMP(6) NOT NULL, millis TIMESTAMP(3) NOT NULL, seconds TIMESTAMP(0) NOT NULL)",
    )
    .unwrap();
    use articles::*;
    diesel::insert_into(table)
        .values((
            id.eq(1),
            title.eq("old"),
            micros.eq(written),
            millis.eq(written),
            seconds.eq(written),
        ))
        .execute(conn)
        .unwrap();
}

/// Saves in a row, within one tick of the column: each moves the version on, and memory holds what
/// the column holds. Who holds an earlier one is refused.
fn saves_in_one_tick<M: Dated>(conn: &mut Conn) {
    let mut mine = M::load(conn);
    for _ in 0..5 {
        let mut stale = mine.clone();
        mine.save_checked(conn).unwrap();
        assert!(mine.version() > stale.version());
        assert_eq!(M::load(conn), mine);
        expect::modified(
            stale.save_checked(conn),
            ARTICLE,
            stale.version(),
            mine.version(),
        );
    }
}

fn long_ago() -> NaiveDateTime {
    DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc()
}

/// Ahead of each clock, and before 2038, where MariaDB's TIMESTAMP ends.
fn in_the_future() -> NaiveDateTime {
    DateTime::from_timestamp(2_100_000_000, 0)
        .unwrap()
        .naive_utc()
}

#[test]
fn a_timestamp_moves_on_at_each_save_whatever_its_columns_precision() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(long_ago(), conn);
    saves_in_one_tick::<Micros>(conn);
    saves_in_one_tick::<Millis>(conn);
    saves_in_one_tick::<Seconds>(conn);
}

#[test]
fn a_timestamp_from_the_future_moves_on_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(in_the_future(), conn);
    saves_in_one_tick::<Micros>(conn);
    saves_in_one_tick::<Millis>(conn);
    saves_in_one_tick::<Seconds>(conn);
}
