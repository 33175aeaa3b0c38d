//! Types that only PostgreSQL has.

use crate::helpers::same::expect_same;
use crate::prelude::*;
use crate::{Conn, Scratch};
use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use optlock_tests::prepared::Watch;
use std::io::Write as _;

#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "colour"))]
#[allow(unreachable_pub)] // `table!` makes what names it public
pub struct ColourType;

diesel::table! {
    use diesel::sql_types::*;
    use super::ColourType;

    things (name) {
        name -> Text,
        amount -> Numeric,
        maybe_amount -> Nullable<Numeric>,
        at -> Timestamptz,
        colour -> ColourType,
        maybe_colour -> Nullable<ColourType>,
        document -> Nullable<Jsonb>,
        revision -> Integer,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = ColourType)]
enum Colour {
    Red,
    Blue,
}

impl ToSql<ColourType, Pg> for Colour {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(match self {
            Self::Red => b"red",
            Self::Blue => b"blue",
        })?;
        Ok(IsNull::No)
    }
}

impl FromSql<ColourType, Pg> for Colour {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"red" => Ok(Self::Red),
            b"blue" => Ok(Self::Blue),
            _ => Err("no colour".into()),
        }
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = things, primary_key(name), treat_none_as_null = true)]
struct Thing {
    name: String,
    amount: BigDecimal,
    maybe_amount: Option<BigDecimal>,
    at: DateTime<Utc>,
    colour: Colour,
    maybe_colour: Option<Colour>,
    document: Option<serde_json::Value>,
    #[optlock(version)]
    revision: i32,
}

#[test]
fn types_that_are_found_by_their_name_and_others() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TYPE colour AS ENUM ('red', 'blue');
         CREATE TABLE things (name VARCHAR(20) PRIMARY KEY, amount NUMERIC(20, 4) NOT NULL, maybe_amount NUMERIC, at TIMESTAMPTZ NOT NULL,
             colour colour NOT NULL, maybe_colour colour, document JSONB, revision INTEGER NOT NULL)",
    )
    .unwrap();
    let thing = |id: i64| {
        let odd = id % 2 == 1;
        Thing {
            name: format!("thing {id:04}"),
            amount: BigDecimal::new(id.into(), 2),
            maybe_amount: odd.then(|| BigDecimal::new((id * 12_345_678_901).into(), 9)),
            at: DateTime::from_timestamp(id, 1000).unwrap(),
            colour: if odd { Colour::Red } else { Colour::Blue },
            maybe_colour: (!odd).then_some(Colour::Red),
            document: odd.then(|| serde_json::json!({ "id": id, "quotes": "'\"\\" })),
            revision: 1,
        }
    };
    let mut things: Vec<_> = (1..=20).map(thing).collect();
    diesel::insert_into(things::table)
        .values(&things)
        .execute(conn)
        .unwrap();
    for (thing, other) in things.clone().iter().zip(things.iter_mut().rev()) {
        *other = Thing {
            name: other.name.clone(),
            ..thing.clone()
        };
    }
    let watch = Watch::on(conn);
    expect_same(&things, conn, |conn| {
        things::table
            .order(things::name)
            .select(Thing::as_select())
            .load(conn)
            .unwrap()
    });
    // The fast form did it.
    assert!(watch.has_sent("WITH optlock_rows"));
    things[0].revision = 3;
    things[0].maybe_amount = None;
    let error = things.delete_all_checked(conn).unwrap_err();
    let optlock::Error::BatchConflict(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(conflict.conflicts().len(), 20);
}

diesel::table! {
    lists {
        id -> Integer,
        words -> Array<Text>,
        maybe_numbers -> Nullable<Array<Nullable<Integer>>>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = lists, treat_none_as_null = true)]
struct List {
    id: i32,
    words: Vec<String>,
    maybe_numbers: Option<Vec<Option<i32>>>,
    version: i64,
}

fn lists(conn: &mut Conn) -> Vec<List> {
    lists::table
        .order(lists::id)
        .select(List::as_select())
        .load(conn)
        .unwrap()
}

#[test]
fn arrays_take_the_slower_form() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE lists (id INTEGER PRIMARY KEY, words TEXT[] NOT NULL, maybe_numbers INTEGER[], version BIGINT NOT NULL)",
    )
    .unwrap();
    let list = |id: i32| List {
        id,
        words: (0..id).map(|word| word.to_string()).collect(),
        maybe_numbers: (id % 2 == 0).then(|| vec![None, Some(id)]),
        version: 1,
    };
    let mut all: Vec<_> = (1..=10).map(list).collect();
    diesel::insert_into(lists::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    for list in &mut all {
        list.words.push("new".into());
    }
    let watch = Watch::on(conn);
    expect_same(&all, conn, lists);
    assert!(watch.has_sent("SELECT 1 FROM \"lists\""));

    let error = all.save_all_checked(conn).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "conflict in 10 of 10 rows, so the batch was given up: \
             lists 1 was changed: expected version 1, found 2; "
        ),
        "{error}"
    );
    // A delete has no arrays but its keys.
    lists(conn).delete_all_checked(conn).unwrap();
    assert_eq!(lists(conn), []);
}
