//! A version of the user's own type.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use optlock::VersionToken;
use optlock_tests::schema::contacts;

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
struct Revision(i64);

impl<DB> FromSql<BigInt, DB> for Revision
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB> ToSql<BigInt, DB> for Revision
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// Goes in tens, so that it cannot be mistaken for optlock's own counter.
impl VersionToken for Revision {
    fn first() -> Self {
        Self(1)
    }

    fn next(&self) -> Option<Self> {
        self.0.checked_add(10).map(Self)
    }

    fn encode(&self) -> String {
        format!("r{}", self.0)
    }

    fn decode(text: &str) -> Option<Self> {
        i64::decode(text.strip_prefix('r')?).map(Self)
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Revised {
    id: i32,
    name: String,
    #[optlock(version)]
    #[diesel(column_name = version)]
    revision: Revision,
}

#[test]
fn a_token_of_the_users_own_decides_how_it_moves_on_and_prints() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine: Revised = contacts::table
        .find(1)
        .select(Revised::as_select())
        .first(conn)
        .unwrap();
    mine.name = "Ann B.".into();
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.revision, Revision(11));
    assert_eq!(stored(1, conn).version, 11);

    rename(1, "Anna", conn);
    expect::modified(mine.save_checked(conn), ANN, "r11", "r12");
    assert_eq!(mine.revision, Revision(11));
    expect::modified(mine.delete_checked(conn), ANN, "r11", "r12");
    assert_eq!(
        mine.load_current(conn).unwrap().map(|row| row.revision),
        Some(Revision(12))
    );
}
