//! No save changes whose row it is, also where there is no version.

use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Tracked, Unversioned};

diesel::table! {
    documents {
        id -> Integer,
        tenant -> Integer,
        title -> Text,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct Document {
    id: i32,
    #[optlock(scope)]
    tenant: i32,
    title: String,
}

fn save(document: &mut Tracked<Document>, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    document.save_unchanged(conn).map(drop)
}

fn main() {}
