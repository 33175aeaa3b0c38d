//! A lock needs a version to compare.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
    }
}

#[derive(Identifiable, AsChangeset)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
}

fn lock(contact: &Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.lock_checked(conn)
}

fn main() {}
