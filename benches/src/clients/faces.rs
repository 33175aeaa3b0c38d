//! Diesel's blocking connections and diesel-async's: a client is written once, as a macro over both.

/// Traits of blocking connections.
pub(super) mod blocking {
    pub(in crate::clients) use diesel::connection::{Connection, TransactionManager};
    pub(in crate::clients) use diesel::{RunQueryDsl, SaveChangesDsl};
    pub(in crate::clients) use diesel_versioning::Versioned as DieselVersioned;
    pub(in crate::clients) use optlock::prelude::*;
    pub(in crate::clients) use optlock::transaction;
}

/// Traits of async connections, by the same names.
pub(super) mod waiting {
    pub(in crate::clients) use diesel_async::AsyncConnection as Connection;
    pub(in crate::clients) use diesel_async::{RunQueryDsl, SaveChangesDsl, TransactionManager};
    pub(in crate::clients) use diesel_versioning::VersionedAsync as DieselVersioned;
    pub(in crate::clients) use optlock::diesel_async::prelude::*;
    pub(in crate::clients) use optlock::diesel_async::transaction;
}

/// Calls a macro for both kinds of PostgreSQL's connections: with the connection, the module with the traits, what is
/// before a closure, and what is behind a call.
macro_rules! on_postgres {
    ($client:ident) => {
        $client!(diesel::PgConnection, blocking, [], []);
        $client!(diesel_async::AsyncPgConnection, waiting, [async], [.await]);
    };
}

/// Like [`on_postgres`], for MariaDB.
macro_rules! on_mariadb {
    ($client:ident) => {
        $client!(diesel::MysqlConnection, blocking, [], []);
        $client!(diesel_async::AsyncMysqlConnection, waiting, [async], [.await]);
    };
}

/// Like [`on_postgres`], for SQLite.
macro_rules! on_sqlite {
    ($client:ident) => {
        $client!(diesel::SqliteConnection, blocking, [], []);
        $client!(
            diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>,
            waiting,
            [async],
            [.await]
        );
    };
}

/// Like [`on_postgres`], for each database.
macro_rules! on_each_database {
    ($client:ident) => {
        on_postgres!($client);
        on_mariadb!($client);
        on_sqlite!($client);
    };
}

pub(super) use {on_each_database, on_mariadb, on_postgres, on_sqlite};
