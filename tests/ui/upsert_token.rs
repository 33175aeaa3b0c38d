//! A version that cannot say that a value was never stored.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use optlock::VersionToken;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
struct Revision(i64);

impl<DB: Backend> FromSql<BigInt, DB> for Revision
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Revision
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl VersionToken for Revision {
    fn first() -> Self {
        Self(1)
    }

    fn next(&self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    fn encode(&self) -> String {
        self.0.encode()
    }

    fn decode(text: &str) -> Option<Self> {
        i64::decode(text).map(Self)
    }
}

#[derive(Insertable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    version: Revision,
}

fn upsert(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.upsert_checked(conn)?;
    Ok(())
}

fn main() {}
