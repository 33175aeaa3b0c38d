//! A field of a tuple struct says which column it is.

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
struct Document(
    #[diesel(column_name = id)] i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    i32,
    #[diesel(column_name = version)] i64,
);

fn save(document: &mut Document, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    document.save_checked(conn)
}

fn main() {}
