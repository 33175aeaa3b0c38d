//! The table that is written, in memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    contacts (id) {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
pub(crate) struct Contact {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) version: i64,
}

/// A new database with so many contacts, and the contacts.
pub(crate) fn create(rows: usize) -> (SqliteConnection, Vec<Contact>) {
    let mut conn = SqliteConnection::establish(":memory:").expect("memory is there");
    conn.batch_execute(&format!(
        "CREATE TABLE contacts (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, phone TEXT, version BIGINT NOT NULL);
         WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids LIMIT {rows})
         INSERT INTO contacts SELECT id, 'contact', NULL, 10 FROM ids"
    ))
    .expect("the table is created");
    let contacts = contacts::table
        .select(Contact::as_select())
        .load(&mut conn)
        .expect("the contacts are read");
    (conn, contacts)
}

/// Changes each row as another client would: its phone and its version.
pub(crate) fn change_all(conn: &mut SqliteConnection) {
    conn.batch_execute("UPDATE contacts SET phone = 'theirs', version = version + 1")
        .expect("the contacts are changed");
}
