//! Diesel stores `uuid::Uuid` on PostgreSQL only.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> Uuid,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: uuid::Uuid,
}

fn save(contact: &mut Contact, conn: &mut MysqlConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
