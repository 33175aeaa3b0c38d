//! An insert stores what is in memory, and no default of a column.

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
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    name: String,
    phone: Option<String>,
    version: i64,
}

fn upsert(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.upsert_checked(conn)?;
    Ok(())
}

fn main() {}
