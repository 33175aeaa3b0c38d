//! The version in memory is that of the row.

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

#[derive(Insertable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update, skip_insertion)]
    version: i64,
}

fn upsert(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.upsert_checked(conn)?;
    Ok(())
}

fn main() {}
