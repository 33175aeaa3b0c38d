//! What a column holds after a batch is what it holds after a single save.

use crate::helpers::same::expect_same;
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use std::fmt::Debug;

diesel::table! {
    types {
        id -> Integer,
        truth -> Bool,
        maybe_truth -> Nullable<Bool>,
        small -> SmallInt,
        medium -> Nullable<Integer>,
        large -> BigInt,
        single -> Float,
        fraction -> Nullable<Double>,
        short -> Text,
        story -> Nullable<Text>,
        bytes -> Binary,
        maybe_bytes -> Nullable<Binary>,
        day -> Date,
        maybe_day -> Nullable<Date>,
        at_time -> Time,
        moment -> Timestamp,
        maybe_moment -> Nullable<Timestamp>,
        mood -> Text,
        maybe_mood -> Nullable<Text>,
        wrapped -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = types, treat_none_as_null = true)]
struct Types {
    id: i32,
    truth: bool,
    maybe_truth: Option<bool>,
    small: i16,
    medium: Option<i32>,
    large: i64,
    single: f32,
    fraction: Option<f64>,
    short: String,
    story: Option<String>,
    bytes: Vec<u8>,
    maybe_bytes: Option<Vec<u8>>,
    day: NaiveDate,
    maybe_day: Option<NaiveDate>,
    at_time: NaiveTime,
    moment: NaiveDateTime,
    maybe_moment: Option<NaiveDateTime>,
    mood: Mood,
    maybe_mood: Option<Mood>,
    #[diesel(serialize_as = String, deserialize_as = String)]
    wrapped: Wrapped,
    version: i64,
}

/// A type of the user's own, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
enum Mood {
    Happy,
    Sad,
}

impl<DB> ToSql<Text, DB> for Mood
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        match self {
            Self::Happy => "happy".to_sql(out),
            Self::Sad => "sad".to_sql(out),
        }
    }
}

impl<DB: Backend> FromSql<Text, DB> for Mood
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        match String::from_sql(value)?.as_str() {
            "happy" => Ok(Self::Happy),
            "sad" => Ok(Self::Sad),
            other => Err(format!("no mood: {other}").into()),
        }
    }
}

/// A type that is stored as another one.
#[derive(Debug, Clone, PartialEq)]
struct Wrapped(Vec<char>);

impl From<Wrapped> for String {
    fn from(Wrapped(text): Wrapped) -> Self {
        text.into_iter().collect()
    }
}

impl From<String> for Wrapped {
    fn from(text: String) -> Self {
        Self(text.chars().collect())
    }
}

fn moment(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 123_456_000)
        .unwrap()
        .naive_utc()
}

/// Every second row is the other's opposite, and there are more of them than a statement of MySQL
/// writes.
fn values() -> Vec<Types> {
    let row = |id: i32| {
        let odd = id % 2 == 1;
        Types {
            id,
            truth: odd,
            maybe_truth: (id % 3 != 0).then_some(!odd),
            small: if odd { i16::MIN } else { i16::MAX },
            medium: odd.then_some(i32::MIN + id),
            large: if odd { i64::MIN } else { i64::MAX },
            single: if odd {
                f32::MIN_POSITIVE
            } else {
                0.1 * id as f32
            },
            fraction: (!odd).then_some(0.1 + f64::from(id) / 3.0),
            short: if odd {
                String::new()
            } else {
                "a 'quote', a \"pair\", a ? and a \\".into()
            },
            story: odd.then(|| format!("{}-äöü-漢字-🦀 ", "x".repeat(id as usize * 10))),
            bytes: if odd { vec![] } else { (0..=255).collect() },
            maybe_bytes: odd.then(|| vec![0, 255, 128, id as u8, b'\'', b'\\', 0xC3, 0x28]),
            day: NaiveDate::from_ymd_opt(2000 + id, 2, 28).unwrap(),
            maybe_day: (!odd).then(|| NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()),
            at_time: NaiveTime::from_hms_micro_opt(23, 59, 59, if odd { 999_999 } else { 0 })
                .unwrap(),
            moment: moment(1_700_000_000 + i64::from(id)),
            maybe_moment: odd.then(|| moment(1)),
            mood: if odd { Mood::Happy } else { Mood::Sad },
            maybe_mood: (!odd).then_some(Mood::Happy),
            wrapped: Wrapped(vec!['w', if odd { '1' } else { '2' }]),
            version: 1,
        }
    };
    (1..=300).map(row).collect()
}

fn insert(conn: &mut Conn) {
    conn.batch_execute(&format!(
        "CREATE TABLE types (id INTEGER NOT NULL PRIMARY KEY, truth BOOLEAN NOT NULL, maybe_truth BOOLEAN, small SMALLINT NOT NULL, \
         medium INTEGER, large BIGINT NOT NULL, single {float} NOT NULL, fraction DOUBLE PRECISION, short VARCHAR(100) NOT NULL, story TEXT, \
         bytes {bytes} NOT NULL, maybe_bytes {bytes}, day DATE NOT NULL, maybe_day DATE, at_time TIME(6) NOT NULL, moment {moment} NOT NULL, \
         maybe_moment {moment} NULL, mood VARCHAR(10) NOT NULL, maybe_mood VARCHAR(10), wrapped VARCHAR(10) NOT NULL, version BIGINT NOT NULL)",
        float = SQL.float,
        bytes = SQL.bytes,
        moment = SQL.timestamp,
    ))
    .unwrap();
    for row in values() {
        let plain = Types {
            story: Some("before".into()),
            fraction: Some(1.0),
            maybe_bytes: Some(vec![1]),
            ..row
        };
        diesel::insert_into(types::table)
            .values(plain)
            .execute(conn)
            .unwrap();
    }
}

fn load(conn: &mut Conn) -> Vec<Types> {
    types::table
        .order(types::id)
        .select(Types::as_select())
        .load(conn)
        .unwrap()
}

#[test]
fn each_type_is_stored_as_by_a_single_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    expect_same(&values(), conn, load);
}
