//! The type of the version is a token.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> TinyInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i8,
}

fn save(contact: &mut Contact, conn: &mut MysqlConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
