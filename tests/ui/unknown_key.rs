//! Each unknown key is reported, and what seems to be missing for it is not.

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
    #[optlock(verison)]
    version: i64,
    #[optlock(updated_at, precision = "millis")]
    name: String,
}

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
