//! A struct of key and a version that the database makes has nothing to save.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Identifiable, Versioned)]
#[diesel(table_name = contacts)]
struct Key {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(version, generated)]
    version: i64,
}

fn main() {}
