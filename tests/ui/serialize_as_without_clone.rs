//! With `serialize_as` a clone is saved.

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

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    #[diesel(serialize_as = String)]
    name: &'static str,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
