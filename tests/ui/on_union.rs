//! A model is a struct with fields.

use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Versioned)]
#[diesel(table_name = contacts)]
union Contact {
    id: i32,
    version: i64,
}

fn main() {}
