//! A trigger adds 1, which neither a timestamp nor a UUID can take.

use diesel::prelude::*;
use optlock::backend::Database;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        version -> Timestamp,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    version: chrono::NaiveDateTime,
}

fn sql() -> optlock::TriggerSql {
    optlock::trigger_sql::<Contact>(Database::Postgres)
}

fn main() {}
