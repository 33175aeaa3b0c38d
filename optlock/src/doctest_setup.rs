use diesel::prelude::*;
#[allow(unused_imports)]
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    name: String,
    email: Option<String>,
    version: i64,
}

#[allow(dead_code)]
fn establish_connection() -> SqliteConnection {
    use diesel::connection::SimpleConnection;

    let mut conn = SqliteConnection::establish(":memory:").expect("SQLite is built in");
    conn.batch_execute(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO contacts (id, name, email) VALUES (1, 'Ann', 'ann@example.org'), (2, 'Bob', NULL);",
    )
    .expect("the table is new");
    conn
}
