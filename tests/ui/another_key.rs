//! The key of the model is that of its table.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    memberships (user_id, group_id) {
        user_id -> Integer,
        group_id -> Integer,
        role -> Text,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = memberships, primary_key(group_id, user_id))]
struct Reversed {
    group_id: i32,
    user_id: i32,
    role: String,
    version: i64,
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = memberships, primary_key(user_id))]
struct Part {
    user_id: i32,
    role: String,
}

fn main() {}
