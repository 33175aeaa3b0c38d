//! The databases, and how long the way to them is.

use crate::proxy;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::time::Duration;

/// A server, with the table of contacts.
pub(crate) struct Server<C> {
    /// How much longer than on this machine a round trip takes.
    pub(crate) delay: Duration,
    pub(crate) url: String,
    pub(crate) conn: C,
    /// A statement that gathers the statistics of the contacts. Without them PostgreSQL takes the new table for a tenth
    /// of what it is, and reads all of it for a batch.
    pub(crate) analyze: &'static str,
}

/// All databases.
pub(crate) struct Databases {
    pub(crate) postgres: Vec<Server<PgConnection>>,
    pub(crate) mariadb: Vec<Server<MysqlConnection>>,
    pub(crate) sqlite: Server<SqliteConnection>,
}

impl Databases {
    pub(crate) fn connect() -> Self {
        Self {
            postgres: named_by("OPTLOCK_POSTGRES_URL", "ANALYZE optlock_bench"),
            mariadb: named_by("OPTLOCK_MYSQL_URL", "ANALYZE TABLE optlock_bench"),
            sqlite: sqlite_file(),
        }
    }
}

/// The server that the variable names, near and far.
fn named_by<C: Connection>(variable: &str, analyze: &'static str) -> Vec<Server<C>> {
    let Ok(url) = std::env::var(variable) else {
        println!("{variable} is not set, so its database is left out; bin/bench starts a server");
        return Vec::new();
    };
    let delay = Duration::from_micros(500);
    let far = proxy::slowed(&url, delay);
    vec![
        connect::<C>(Duration::ZERO, url, analyze),
        connect(delay, far, analyze),
    ]
}

/// What SQLite's connections begin with: no commit waits for the disk, as on the throwaway servers.
pub(crate) const SQLITE_PRAGMAS: [&str; 2] =
    ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF"];

/// A file of SQLite's in the temporary folder.
fn sqlite_file() -> Server<SqliteConnection> {
    let file = std::env::temp_dir().join(format!("optlock_bench_{}", std::process::id()));
    let mut server = connect::<SqliteConnection>(
        Duration::ZERO,
        file.into_os_string().into_string().unwrap(),
        "ANALYZE optlock_bench",
    );
    server
        .conn
        .batch_execute(&SQLITE_PRAGMAS.join(";"))
        .unwrap();
    server
}

fn connect<C: Connection>(delay: Duration, url: String, analyze: &'static str) -> Server<C> {
    let conn = C::establish(&url).unwrap();
    Server {
        delay,
        url,
        conn,
        analyze,
    }
}

impl Drop for Databases {
    /// Removes the file, and what SQLite puts beside it.
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.sqlite.url));
        }
    }
}
