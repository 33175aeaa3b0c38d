//! The clock of a timestamp is the program's.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> Timestamp,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: chrono::NaiveDateTime,
}

fn bump(_: (), conn: &mut PgConnection) -> QueryResult<usize> {
    diesel::update(contacts::table)
        .set(optlock::bump_version::<Contact>())
        .execute(conn)
}

fn main() {}
