//! A key newtype has a stable text only if somebody says which.

use diesel::prelude::*;
use diesel::sql_types::Text;
use optlock::prelude::*;

diesel::table! {
    pages (slug) {
        slug -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, diesel::expression::AsExpression)]
#[diesel(sql_type = Text)]
struct Slug(String);

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(primary_key(slug))]
struct Page {
    slug: Slug,
    version: i64,
}

fn text(page: &Page) -> String {
    optlock::key_text(page)
}

fn main() {}
