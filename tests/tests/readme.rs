//! The Rust blocks of the README, compiled and run on SQLite in memory. `build.rs` takes them out
//! of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]
#![allow(dead_code, unreachable_pub, unused_variables)] // what a program shows in pieces

mod setup {
    pub(crate) use diesel::connection::SimpleConnection as _;
    pub(crate) use diesel::prelude::*;
    pub(crate) use optlock::prelude::*;

    diesel::table! {
        contacts {
            id -> Integer,
            name -> Text,
            email -> Nullable<Text>,
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
        pub(crate) email: Option<String>,
        pub(crate) version: i64,
    }

    pub(crate) fn connection() -> SqliteConnection {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute(
            "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO contacts (id, name) VALUES (7, 'Grace Hopper'), (8, 'Ada Lovelace');",
        )
        .unwrap();
        conn
    }
}

mod blocks {
    include!(concat!(env!("OUT_DIR"), "/readme.rs"));
}
