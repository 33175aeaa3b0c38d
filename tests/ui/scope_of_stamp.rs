//! The audit stamp changes at each save.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    documents {
        id -> Integer,
        tenant -> Integer,
        title -> Text,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct Document {
    id: i32,
    title: String,
    #[optlock(updated_on, scope = none)]
    deleted_at: Option<i64>,
    version: i64,
}

fn save(document: &mut Document, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    document.save_checked(conn)
}

fn main() {}
