//! An async connection belongs to another prelude, and to other functions.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

async fn save_and_wait(contact: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn).await
}

fn main() {}
