//! What is the user's (a clock, a token) may panic: it is never asked while something is put back.

use crate::helpers::expect::{self, Row};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use optlock::{Error, Found, VersionToken};
use std::cell::Cell;

thread_local! {
    /// How often the clock, or the token, still answers.
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

fn answer(message: &'static str) {
    match LEFT.get().checked_sub(1) {
        Some(left) => LEFT.set(left),
        None => std::panic::panic_any(message),
    }
}

fn clock() -> DateTime<Utc> {
    answer("the clock stands");
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

diesel::table! {
    tasks {
        id -> Integer,
        title -> Text,
        version -> BigInt,
        updated_on -> Timestamp,
    }
}

const TASK: Row = ("tasks", "1");

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
struct Counted(i64);

impl<DB: Backend> FromSql<BigInt, DB> for Counted
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Counted
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl VersionToken for Counted {
    fn first() -> Self {
        Self(1)
    }

    fn next(&self) -> Option<Self> {
        answer("nothing follows");
        Some(Self(self.0 + 1))
    }

    fn encode(&self) -> String {
        self.0.encode()
    }

    fn decode(text: &str) -> Option<Self> {
        i64::decode(text).map(Self)
    }
}

macro_rules! task {
    ($name:ident, $version:ty, #[optlock($($stamp:tt)*)]) => {
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
        )]
        #[diesel(table_name = tasks)]
        struct $name {
            id: i32,
            title: String,
            version: $version,
            #[optlock($($stamp)*)]
            updated_on: NaiveDateTime,
        }

        impl $name {
            fn load_all(conn: &mut Conn) -> Vec<Self> {
                tasks::table.select(Self::as_select()).order(tasks::id).load(conn).unwrap()
            }
        }
    };
}

task!(Task, i64, #[optlock(updated_on, clock = clock)]);
task!(Counting, Counted, #[optlock(updated_on)]);

fn connect(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(
        "CREATE TABLE tasks (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL, version BIGINT NOT NULL, \
         updated_on TIMESTAMP(6) NOT NULL);
         INSERT INTO tasks VALUES (1, 'a', 1, '2020-01-01 00:00:00'), (2, 'b', 1, '2020-01-01 00:00:00')",
    )
    .unwrap();
    conn
}

fn somebody_else(id: i32, conn: &mut Conn) {
    let theirs = diesel::update(tasks::table.find(id));
    theirs
        .set(tasks::version.eq(tasks::version + 1))
        .execute(conn)
        .unwrap();
}

#[test]
fn a_clock_is_not_asked_when_a_stamp_is_put_back() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = Task::load_all(conn).remove(0);
    let before = mine.clone();
    somebody_else(1, conn);
    LEFT.set(1);
    expect::modified(mine.save_checked(conn), TASK, 1, 2);
    assert_eq!(mine, before);
}

/// Two panics in destructors would end the process.
#[test]
fn a_clock_is_not_asked_when_the_stamps_of_a_batch_are_put_back() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = Task::load_all(conn);
    let before = mine.clone();
    somebody_else(2, conn);
    LEFT.set(2);
    let error = mine.save_all_checked(conn).unwrap_err();
    let Error::BatchConflict(conflict) = &error else {
        panic!("not a conflict of a batch: {error:?}")
    };
    let [(1, conflict)] = conflict.conflicts() else {
        panic!("{conflict:?}")
    };
    assert_eq!(*conflict.found(), Found::Modified { version: 2.into() });
    assert_eq!(mine, before);
}

#[test]
fn a_clock_that_panics_leaves_memory_alone() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = Task::load_all(conn);
    let before = mine.clone();
    LEFT.set(0);
    expect::panic("the clock stands", || mine[0].save_checked(conn));
    assert_eq!(mine, before);
    // In the middle of a batch.
    LEFT.set(1);
    expect::panic("the clock stands", || mine.save_all_checked(conn));
    assert_eq!(mine, before);
    assert_eq!(Task::load_all(conn), before);
}

#[test]
fn a_token_that_panics_leaves_memory_alone() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = Counting::load_all(conn);
    let before = mine.clone();
    LEFT.set(0);
    expect::panic("nothing follows", || mine[0].save_checked(conn));
    assert_eq!(mine, before);
    LEFT.set(1);
    expect::panic("nothing follows", || mine.save_all_checked(conn));
    assert_eq!(mine, before);
    assert_eq!(Counting::load_all(conn), before);
}
