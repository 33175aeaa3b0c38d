//! A version that the database makes has a clock of the program's.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        changed_at -> Timestamp,
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    #[optlock(version, generated, clock = noon, precision = "millis")]
    changed_at: NaiveDateTime,
}

fn main() {}
