//! The error of a conflict keeps the key and the scope of its row, and goes wherever errors go.

use diesel::backend::Backend;
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use optlock::prelude::*;
use std::rc::Rc;

diesel::table! {
    pages (slug) {
        slug -> Text,
        body -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct Slug(Rc<str>);

impl<DB: Backend> ToSql<Text, DB> for Slug
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Slug
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        let text: String = FromSql::from_sql(bytes)?;
        Ok(Self(text.into()))
    }
}

#[derive(Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned)]
#[diesel(primary_key(slug), treat_none_as_default_value = false)]
struct Page {
    slug: Slug,
    body: String,
    version: i64,
}

fn save(m: &mut Page, conn: &mut SqliteConnection) {
    let _ = m.save_checked(conn);
}

fn upsert(m: &mut Page, conn: &mut SqliteConnection) {
    let _ = m.upsert_checked(conn);
}

fn save_or_load(m: &mut Page, conn: &mut SqliteConnection) {
    let _ = m.save_or_load(conn);
}

fn delete(m: &Page, conn: &mut SqliteConnection) {
    let _ = m.delete_checked(conn);
}

fn check(m: &Page, conn: &mut SqliteConnection) {
    let _ = m.check_current(conn);
}

fn save_all(m: &mut [Page], conn: &mut SqliteConnection) {
    let _ = m.save_all_checked(conn);
}

fn main() {}
