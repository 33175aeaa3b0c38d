//! MySQL and MariaDB have no type with a time zone.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> Timestamptz,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: chrono::DateTime<chrono::Utc>,
}

fn save(contact: &mut Contact, conn: &mut MysqlConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
