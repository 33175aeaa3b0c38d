//! What `None` means is said for a merge and for a table without a version too.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        phone -> Nullable<Text>,
    }
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    phone: Option<String>,
}

fn main() {}
