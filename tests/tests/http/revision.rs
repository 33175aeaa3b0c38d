//! A token of a user's own: a counter in a column of text, which says of itself no more than it must.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use optlock::VersionToken;

/// `r1`, `r2`, .. It reads any text.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(crate) struct Revision(pub(crate) String);

impl<DB: Backend> FromSql<Text, DB> for Revision
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Revision
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl VersionToken for Revision {
    fn first() -> Self {
        Self("r1".into())
    }

    fn next(&self) -> Option<Self> {
        let number: u64 = self.0.strip_prefix('r')?.parse().ok()?;
        Some(Self(format!("r{}", number.checked_add(1)?)))
    }

    fn encode(&self) -> String {
        self.0.clone()
    }

    fn decode(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}
