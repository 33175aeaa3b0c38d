//! The database that the program was built for: SQLite, or by a feature PostgreSQL or MySQL.
//!
//! diesel-async has no enum of connections, so it is one of them: with several features the first of `postgres` and
//! `mysql`.

use deadpool::Runtime;
use diesel::ConnectionResult;
use diesel_async::pooled_connection::deadpool::{BuildError, Object, Pool, PoolBuilder};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use optlock::diesel_async::lease;
use std::error::Error;
use std::fmt;
use std::time::Duration;

#[cfg(feature = "postgres")]
mod chosen {
    use std::time::Duration;

    pub const NAME: &str = "PostgreSQL";
    pub type Connection = diesel_async::AsyncPgConnection;

    /// `TEXT` compares keys byte by byte with any collation.
    pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS contacts (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        email TEXT UNIQUE,
        calls INTEGER NOT NULL DEFAULT 0,
        version TEXT NOT NULL
    )";

    /// Without a time-out a request waits for a lock for as long as another client likes.
    pub(super) fn on_connect(wait: Duration) -> String {
        format!("SET lock_timeout = {}", wait.as_millis())
    }
}

#[cfg(all(feature = "mysql", not(feature = "postgres")))]
mod chosen {
    use std::time::Duration;

    pub const NAME: &str = "MySQL";
    pub type Connection = diesel_async::AsyncMysqlConnection;

    /// `ascii_bin`, because the other collations take `ann` and `Ann` for one key.
    pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS contacts (
        id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
        name VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
        email VARCHAR(200) CHARACTER SET utf8mb4 UNIQUE,
        calls INTEGER NOT NULL DEFAULT 0,
        version CHAR(36) CHARACTER SET ascii NOT NULL
    )";

    /// In whole seconds, at least one. The default is 50.
    pub(super) fn on_connect(wait: Duration) -> String {
        let seconds = wait.as_secs().max(1);
        format!("SET SESSION innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}")
    }
}

#[cfg(not(any(feature = "postgres", feature = "mysql")))]
mod chosen {
    use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
    use std::time::Duration;

    pub const NAME: &str = "SQLite";
    pub type Connection = SyncConnectionWrapper<diesel::SqliteConnection>;

    pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS contacts (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        email TEXT UNIQUE,
        calls INTEGER NOT NULL DEFAULT 0,
        version TEXT NOT NULL
    )";

    /// Without a busy time-out, requests that write at the same moment would be a 503 at once. It comes first: the change to
    /// WAL, by which no read waits for a write, takes a lock itself.
    pub(super) fn on_connect(wait: Duration) -> String {
        let wait = wait.as_millis();
        format!("PRAGMA busy_timeout = {wait}; PRAGMA journal_mode = WAL")
    }
}

pub use chosen::{Connection, NAME};

pub type Connections = Pool<Connection>;
pub type Pooled = Object<Connection>;

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A URL, or for SQLite the path of a file.
    pub url: String,
    pub max_connections: usize,
    /// How long a request waits for a connection of the pool, and then for each lock. After that it is a 503.
    pub wait: Duration,
    /// What is executed on each new connection, beside what this database needs.
    pub on_connect: String,
}

impl Settings {
    /// The settings for a `DATABASE_URL`. Only SQLite needs none.
    pub fn from_url(url: Option<String>) -> Result<Self, WrongDatabase> {
        let in_temporary_folder = || std::env::temp_dir().join("optlock-rest-api.sqlite3");
        let url = match url {
            None if NAME == "SQLite" => in_temporary_folder().to_string_lossy().into_owned(),
            None => return Err(WrongDatabase::Missing),
            Some(url) if database_of(&url) == NAME => url,
            Some(url) => return Err(WrongDatabase::Other(database_of(&url))),
        };
        Ok(Self {
            url,
            max_connections: 8,
            wait: Duration::from_secs(5),
            on_connect: String::new(),
        })
    }
}

/// Which database a URL is of. A path is SQLite's.
fn database_of(url: &str) -> &'static str {
    match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) => "PostgreSQL",
        Some(("mysql" | "mariadb", _)) => "MySQL",
        _ => "SQLite",
    }
}

/// `DATABASE_URL` does not fit the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongDatabase {
    Missing,
    Other(&'static str),
}

impl fmt::Display for WrongDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = |database| match database {
            "PostgreSQL" => "with `--features postgres`",
            "MySQL" => "with `--features mysql`",
            _ => "without features",
        };
        match self {
            Self::Missing => write!(
                f,
                "DATABASE_URL is not set, and this program was built for {NAME}; for SQLite, which needs none, build it {}",
                how("SQLite")
            ),
            Self::Other(database) => write!(
                f,
                "DATABASE_URL is of {database}, and this program was built for {NAME}: build it {}",
                how(database)
            ),
        }
    }
}

impl Error for WrongDatabase {}

/// The pool. No connection is made before it is needed.
pub fn open(settings: &Settings) -> Result<Connections, BuildError> {
    pool(settings).build()
}

/// The pool before it is built, for a program that adds hooks to it.
pub fn pool(settings: &Settings) -> PoolBuilder<Connection> {
    let on_connect = [
        chosen::on_connect(settings.wait),
        settings.on_connect.clone(),
    ];
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(move |url| {
        let (url, on_connect) = (url.to_owned(), on_connect.clone());
        Box::pin(connect(url, on_connect))
    });
    let manager = AsyncDieselConnectionManager::new_with_config(settings.url.as_str(), config);
    Pool::builder(manager)
        .max_size(settings.max_connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(settings.wait))
        .create_timeout(Some(settings.wait))
}

async fn connect(url: String, on_connect: [String; 2]) -> ConnectionResult<Connection> {
    let mut conn = Connection::establish(&url).await?;
    for statements in on_connect.iter().filter(|text| !text.is_empty()) {
        let done = conn.batch_execute(statements).await;
        done.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(conn)
}

/// Makes the tables of the service, unless they are there. (A program with migrations has them there.)
pub async fn create_tables(conn: &mut Connection) -> Result<(), optlock::Error> {
    conn.batch_execute(chosen::TABLE).await?;
    lease::create_table(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_tells_its_database() {
        for (url, database) in [
            ("postgres://localhost/contacts", "PostgreSQL"),
            ("postgresql://localhost/contacts", "PostgreSQL"),
            ("mysql://root@127.0.0.1/contacts", "MySQL"),
            ("/tmp/contacts.sqlite3", "SQLite"),
            ("file:contacts.sqlite3", "SQLite"),
            ("C:\\contacts.sqlite3", "SQLite"),
        ] {
            assert_eq!(database_of(url), database);
            let settings = Settings::from_url(Some(url.to_owned()));
            match settings {
                Ok(settings) => assert_eq!((NAME, settings.url.as_str()), (database, url)),
                Err(error) => assert_eq!(error, WrongDatabase::Other(database)),
            }
        }
    }

    #[test]
    fn a_url_of_another_database_says_which_feature_it_needs() {
        let start = format!("DATABASE_URL is of MySQL, and this program was built for {NAME}");
        assert_eq!(
            WrongDatabase::Other("MySQL").to_string(),
            format!("{start}: build it with `--features mysql`")
        );
        assert_eq!(
            WrongDatabase::Missing.to_string(),
            format!(
                "DATABASE_URL is not set, and this program was built for {NAME}; for SQLite, which needs none, build it without features"
            )
        );
        assert_eq!(Settings::from_url(None).is_ok(), NAME == "SQLite");
    }
}
