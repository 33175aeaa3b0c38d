//! A model whose key has no stable text has no tag, and no write with an `If-Match`.

use diesel::prelude::*;
use optlock::http::IfMatch;
use optlock::prelude::*;

diesel::table! {
    pages (slug) {
        slug -> Text,
        version -> BigInt,
    }
}

/// It has no stable text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, diesel::expression::AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
struct Slug(String);

impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for Slug
where
    String: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.0.to_sql(out)
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(primary_key(slug))]
struct Page {
    slug: Slug,
    version: i64,
}

fn tag(page: &Page) {
    page.etag();
}

fn save(page: &mut Page, if_match: &IfMatch, conn: &mut SqliteConnection) {
    let _ = page.save_if_match(if_match, conn);
}

fn delete(page: &Page, if_match: &IfMatch, conn: &mut SqliteConnection) {
    let _ = page.delete_if_match(if_match, conn);
}

fn require(page: &mut Page, if_match: &IfMatch) {
    let _ = page.require(if_match);
}

fn touch(page: &mut Page, if_match: &IfMatch, conn: &mut SqliteConnection) {
    let _ = page.touch_if_match(if_match, conn);
}

fn main() {}
