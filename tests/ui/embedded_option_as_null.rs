//! A `None` of an embedded `Option` is not written as NULLs.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Clone, AsChangeset, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Reach {
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    #[diesel(embed)]
    reach: Option<Reach>,
    version: i64,
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Legacy {
    id: i32,
    #[diesel(embed)]
    reach: Option<Reach>,
}

fn main() {}
