//! What is upserted is `Insertable`.

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
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn upsert(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.upsert_checked(conn)?;
    Ok(())
}

fn main() {}
