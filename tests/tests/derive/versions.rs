//! Which field is the version, and its type.

use super::{CONFLICT, ann, contacts, database, row, save_twice};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use optlock::prelude::*;
use optlock::{VersionToken, VersionValue};

/// Counts in tens.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
struct Tens(i64);

impl VersionToken for Tens {
    fn first() -> Self {
        Self(10)
    }

    fn next(&self) -> Option<Self> {
        self.0.checked_add(10).map(Self)
    }

    fn encode(&self) -> String {
        self.0.encode()
    }

    fn decode(text: &str) -> Option<Self> {
        i64::decode(text).map(Self)
    }

    fn describe(&self) -> VersionValue {
        self.0.into()
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Tens
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Tens
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: Tens,
}

#[test]
fn a_version_is_a_newtype() {
    let conn = &mut ann();
    let value = Contact {
        id: 1,
        name: "Bea".into(),
        version: Tens(1),
    };
    assert_eq!(
        save_twice(value, conn),
        "contacts 1 was changed: expected version 1, found 11"
    );
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 11));
}

#[test]
fn a_newtype_promises_no_order_by_itself() {
    let conn = &mut ann();
    let mut value = Contact {
        id: 1,
        name: "Bea".into(),
        version: Tens(501),
    };
    let error = value.save_checked(conn).unwrap_err();
    assert!(error.is_conflict() && !error.is_behind(), "{error:?}");
}

diesel::table! {
    articles {
        id -> Integer,
        version -> Integer,
        lock_version -> BigInt,
    }
}

const ARTICLES: &str = "CREATE TABLE articles (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, lock_version BIGINT NOT NULL);
     INSERT INTO articles VALUES (1, 3, 1)";

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
struct Article {
    id: i32,
    version: i32,
    #[optlock(version)]
    lock_version: i64,
}

#[test]
fn of_two_candidates_one_is_marked() {
    let conn = &mut database(ARTICLES);
    let value = Article {
        id: 1,
        version: 4,
        lock_version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        "articles 1 was changed: expected version 1, found 2"
    );
    assert_eq!(articles::table.first(conn), Ok((1, 4, 2_i64)));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = articles)]
struct ByItsName {
    id: i32,
    #[diesel(column_name = version)]
    edition: i32,
    lock_version: i64,
}

#[test]
fn a_version_is_called_lock_version() {
    let conn = &mut database(ARTICLES);
    let value = ByItsName {
        id: 1,
        edition: 4,
        lock_version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        "articles 1 was changed: expected version 1, found 2"
    );
    assert_eq!(articles::table.first(conn), Ok((1, 4, 2_i64)));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Counted {
    id: i32,
    name: String,
    #[optlock(version)]
    #[diesel(column_name = version)]
    updated_on: i64,
}

#[test]
fn a_version_is_called_updated_on() {
    let conn = &mut ann();
    let value = Counted {
        id: 1,
        name: "Bea".into(),
        updated_on: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}
