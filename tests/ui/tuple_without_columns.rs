//! The fields of a tuple struct name their columns.

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

#[derive(Identifiable, Versioned)]
#[diesel(table_name = contacts)]
struct Contact(
    #[diesel(column_name = id)] i32,
    String,
    #[diesel(column_name = version)] i64,
);

fn main() {}
