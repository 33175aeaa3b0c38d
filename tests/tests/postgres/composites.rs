//! Types that a batch of arrays must not take apart: composite ones, and named arrays.

use crate::helpers::same::expect_same;
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql, WriteTuple};
use diesel::sql_types::{Array, Nullable, Record, Text};
use optlock_tests::prepared::Watch;

#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "point_of_two"))]
#[allow(unreachable_pub)] // `table!` makes what names it public
pub struct PointType;

/// An array, as some programs declare it.
#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "_int4"))]
#[allow(unreachable_pub)]
pub struct NumbersType;

diesel::table! {
    use diesel::sql_types::*;
    use super::{NumbersType, PointType};

    shapes (at) {
        at -> PointType,
        to -> Nullable<PointType>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::NumbersType;

    series {
        id -> Integer,
        numbers -> NumbersType,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = PointType)]
struct Point(i32, Option<String>);

type Fields = (diesel::sql_types::Integer, Nullable<Text>);

impl ToSql<PointType, Pg> for Point {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        WriteTuple::<Fields>::write_tuple(&(self.0, self.1.as_deref()), &mut out.reborrow())
    }
}

impl FromSql<PointType, Pg> for Point {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let (x, y) = FromSql::<Record<Fields>, Pg>::from_sql(value)?;
        Ok(Self(x, y))
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Insertable,
)]
#[diesel(table_name = shapes, primary_key(at), treat_none_as_null = true)]
struct Shape {
    at: Point,
    to: Option<Point>,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = NumbersType)]
struct Numbers(Vec<i32>);

impl ToSql<NumbersType, Pg> for Numbers {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Array<diesel::sql_types::Integer>, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<NumbersType, Pg> for Numbers {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Array<diesel::sql_types::Integer>, Pg>::from_sql(value).map(Self)
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Insertable,
)]
#[diesel(table_name = series)]
struct Series {
    id: i32,
    numbers: Numbers,
    version: i64,
}

fn shapes(conn: &mut Conn) -> Vec<Shape> {
    let shapes = shapes::table.order(shapes::at).select(Shape::as_select());
    shapes.load(conn).unwrap()
}

#[test]
fn a_composite_type_is_one_column_of_the_key_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TYPE point_of_two AS (x INTEGER, y TEXT);
         CREATE TABLE shapes (at point_of_two PRIMARY KEY, \"to\" point_of_two, version BIGINT NOT NULL)",
    )
    .unwrap();
    let mut all: Vec<_> = (1..=5)
        .map(|x| Shape {
            at: Point(x, Some(x.to_string())),
            to: None,
            version: 1,
        })
        .collect();
    diesel::insert_into(shapes::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    for (shape, y) in all.iter_mut().zip([None, Some("a"), Some(""), None]) {
        shape.to = Some(Point(-1, y.map(str::to_owned)));
    }
    let watch = Watch::on(conn);
    expect_same(&all, conn, shapes);
    assert!(watch.has_sent("WITH"), "the fast form");
    shapes(conn).delete_all_checked(conn).unwrap();
    assert_eq!(shapes(conn), []);
}

#[test]
fn an_array_by_another_name_takes_the_slower_form() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE series (id INTEGER PRIMARY KEY, numbers INTEGER[] NOT NULL, version BIGINT NOT NULL)",
    )
    .unwrap();
    let mut all: Vec<_> = (1..=5)
        .map(|id| Series {
            id,
            numbers: Numbers(vec![]),
            version: 1,
        })
        .collect();
    diesel::insert_into(series::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    for series in &mut all {
        series.numbers = Numbers((0..series.id).collect());
    }
    expect_same(&all, conn, |conn| {
        series::table.order(series::id).load(conn).unwrap()
    });
}
