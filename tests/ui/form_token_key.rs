//! A form token needs a stable text of the key, and a session.

use diesel::prelude::*;
use diesel::sql_types::Text;
use optlock::form::FormToken;
use optlock::prelude::*;
use optlock::seal::{Keys, Seal};

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

fn seal(page: &Page, seal: &Seal<'_>) -> FormToken {
    page.form_token(seal)
}

fn open(page: &mut Page, token: &str, seal: &Seal<'_>) -> Result<(), optlock::Error> {
    page.open_form_token(token, seal)
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = pages, primary_key(slug))]
struct Known {
    slug: String,
    version: i64,
}

fn no_session(page: &Known, keys: &Keys) -> FormToken {
    page.form_token(&keys.purpose("edit"))
}

fn main() {}
