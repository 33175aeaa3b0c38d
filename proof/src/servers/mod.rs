//! Databases of a run's own, which it may break: nothing of the machine's services is used.

mod mariadb;
mod postgres;
mod process;
pub mod sessions;
mod sqlite;

pub use mariadb::Mariadb;
pub use postgres::Postgres;
pub use process::Process;
pub use sqlite::Sqlite;

use crate::clock::Clock;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Database {
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mariadb];
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        })
    }
}

impl FromStr for Database {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|one| one.to_string() == name);
        known.ok_or_else(|| format!("no database is called {name}: sqlite, postgres or mariadb"))
    }
}

/// A server, or a file.
#[derive(Debug)]
pub enum Server {
    Sqlite(Sqlite),
    Postgres(Postgres),
    Mariadb(Mariadb),
}

/// Why a server cannot be used.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Server {
    /// Starts one with nothing in it but the database `optlock`.
    pub fn start(database: Database) -> Result<Self, Failure> {
        Ok(match database {
            Database::Sqlite => Self::Sqlite(Sqlite::create()?),
            Database::Postgres => Self::Postgres(Postgres::start()?),
            Database::Mariadb => Self::Mariadb(Mariadb::start()?),
        })
    }

    pub fn database(&self) -> Database {
        match self {
            Self::Sqlite(_) => Database::Sqlite,
            Self::Postgres(_) => Database::Postgres,
            Self::Mariadb(_) => Database::Mariadb,
        }
    }

    /// The port of a server.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server) => Some(server.port()),
            Self::Mariadb(server) => Some(server.port()),
        }
    }

    /// The process of a server.
    pub fn process(&mut self) -> Option<&mut Process> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server) => Some(server.process()),
            Self::Mariadb(server) => Some(server.process()),
        }
    }

    /// The URL for connections, which reach a server at this port: its own, or that of a proxy.
    pub fn url(&self, port: Option<u16>) -> String {
        let port = port.or_else(|| self.port()).unwrap_or_default();
        match self {
            Self::Sqlite(file) => file.url(),
            // A proxy can read what is not encrypted.
            Self::Postgres(_) => {
                format!("postgres://postgres@127.0.0.1:{port}/optlock?sslmode=disable")
            }
            Self::Mariadb(_) => format!("mysql://root@127.0.0.1:{port}/optlock"),
        }
    }

    /// The clock of a server, if it can be set.
    pub fn clock(&self) -> Option<&Clock> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server) => server.clock(),
            Self::Mariadb(server) => server.clock(),
        }
    }

    /// Starts a server again that has ended, with the data that it has.
    pub fn start_again(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(server) => server.start_again(),
            Self::Mariadb(server) => server.start_again(),
        }
    }
}

/// A folder that is removed at the end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Not in `TMPDIR`, which may be long: 107 bytes are the limit for a socket.
    pub fn create(name: &str) -> Result<Self, Failure> {
        let nanos = crate::recorder::now();
        let path = PathBuf::from(format!(
            "/tmp/optlock-proof-{}-{name}-{nanos}",
            std::process::id()
        ));
        std::fs::create_dir(&path)?;
        process::give_away(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
