//! An enum of connections needs `multi_connection!`.

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

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Sqlite(SqliteConnection),
    Mysql(MysqlConnection),
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn save(contact: &mut Contact, conn: &mut AnyConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn)
}

fn main() {}
