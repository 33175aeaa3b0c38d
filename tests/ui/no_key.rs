//! A key is needed.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    name: String,
    version: i64,
}

fn main() {}
