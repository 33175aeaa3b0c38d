use diesel::prelude::*;
#[allow(unused_imports)]
use diesel_async::RunQueryDsl;
use diesel_async::SimpleAsyncConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
#[allow(unused_imports)]
use optlock::diesel_async::prelude::*;

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
async fn establish_connection() -> SyncConnectionWrapper<SqliteConnection> {
    use diesel_async::AsyncConnection;

    let mut conn = SyncConnectionWrapper::establish(":memory:").await.expect("SQLite is built in");
    conn.batch_execute(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO contacts (id, name, email) VALUES (1, 'Ann', 'ann@example.org'), (2, 'Bob', NULL);",
    )
    .await
    .expect("the table is new");
    conn
}
