//! A column belongs to one field: written twice, the version would not move on.

use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
    #[diesel(column_name = version)]
    edition: i64,
}

#[derive(AsChangeset, Diff)]
#[diesel(table_name = contacts)]
struct Names {
    name: String,
    #[diesel(column_name = "name")]
    called: String,
}

#[derive(AsChangeset, Unversioned)]
#[diesel(table_name = contacts)]
struct Legacy(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = name)] String,
    #[diesel(column_name = name)] String,
);

fn save(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
