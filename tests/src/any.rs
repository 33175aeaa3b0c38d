//! A user's enum of connections.

use crate::prepared::Kept;
use crate::{mysql, postgres, sqlite};
use diesel::prelude::*;

#[derive(diesel::MultiConnection)]
#[allow(missing_debug_implementations)] // Diesel's connections have no `Debug`
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mysql(MysqlConnection),
}

optlock::multi_connection!(MultiBackend);

impl From<SqliteConnection> for AnyConnection {
    fn from(conn: SqliteConnection) -> Self {
        Self::Sqlite(conn)
    }
}

impl From<PgConnection> for AnyConnection {
    fn from(conn: PgConnection) -> Self {
        Self::Postgres(conn)
    }
}

impl From<MysqlConnection> for AnyConnection {
    fn from(conn: MysqlConnection) -> Self {
        Self::Mysql(conn)
    }
}

/// What the server keeps, if there is a server.
pub fn kept(conn: &mut AnyConnection) -> Option<Kept> {
    match conn {
        AnyConnection::Sqlite(conn) => sqlite::kept(conn),
        AnyConnection::Postgres(conn) => postgres::kept(conn),
        AnyConnection::Mysql(conn) => mysql::kept(conn),
    }
}
