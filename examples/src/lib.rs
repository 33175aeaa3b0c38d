//! What the examples share: a connection to the database of your choice, and a look at what it is
//! sent.
#![allow(clippy::print_stdout)] // examples speak

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;

/// SQLite, and what the features `postgres` and `mysql` add.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// In memory, or a file.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    /// MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    Mysql(MysqlConnection),
}

optlock::multi_connection!(MultiBackend);

impl AnyConnection {
    /// Connects to `DATABASE_URL`, or to an SQLite database in memory if it is not set.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or the feature for it is off.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error>> {
        let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| ":memory:".to_owned());
        match url.split_once("://").map(|(scheme, _)| scheme) {
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Ok(Self::Postgres(PgConnection::establish(&url)?)),
            #[cfg(not(feature = "postgres"))]
            Some("postgres" | "postgresql") => {
                Err("for PostgreSQL add `--features postgres`".into())
            }
            #[cfg(feature = "mysql")]
            Some("mysql") => Ok(Self::Mysql(MysqlConnection::establish(&url)?)),
            #[cfg(not(feature = "mysql"))]
            Some("mysql") => Err("for MySQL and MariaDB add `--features mysql`".into()),
            _ => Ok(Self::Sqlite(SqliteConnection::establish(&url)?)),
        }
    }

    /// Prints each statement that is sent from now on, with its binds.
    pub fn print_statements(&mut self) {
        self.set_instrumentation(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                println!("    {query}");
            }
        });
    }
}
