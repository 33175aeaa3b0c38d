//! An embedded struct is no column.

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
    #[diesel(embed)]
    #[optlock(scope)]
    owner: Owner,
    version: i64,
}

#[derive(AsChangeset)]
#[diesel(table_name = documents)]
struct Owner {
    title: String,
}

fn save(document: &mut Document, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    document.save_checked(conn)
}

fn main() {}
