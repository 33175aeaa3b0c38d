//! A refresh says whether it replaced anything.

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

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn refresh(contact: &mut Contact, conn: &mut SqliteConnection) -> () {
    let _ = contact.refresh(conn);
}

fn main() {}
