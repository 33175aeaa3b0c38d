//! Opens the connections of a client.

use super::session::{self, Session};
use crate::faults::PAGES;
use crate::history::Face;
use crate::servers::Database;
use diesel::result::ConnectionError;
use diesel::{MysqlConnection, PgConnection, SqliteConnection};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use rand::Rng;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Connector {
    pub database: Database,
    pub face: Face,
    pub url: String,
    /// What a connection sends first.
    pub settings: Vec<String>,
}

impl Connector {
    pub fn connect(&self) -> Result<Box<dyn Session>, ConnectionError> {
        let mut session = self.open()?;
        for setting in &self.settings {
            session.execute(setting).map_err(|failure| {
                ConnectionError::BadConnection(format!("{setting}: {failure:?}"))
            })?;
        }
        Ok(session)
    }

    fn open(&self) -> Result<Box<dyn Session>, ConnectionError> {
        let url = self.url.as_str();
        Ok(match (self.face, self.database) {
            (Face::Blocking, Database::Sqlite) => {
                Box::new(session::blocking::<SqliteConnection>(url)?)
            }
            (Face::Blocking, Database::Postgres) => {
                Box::new(session::blocking::<PgConnection>(url)?)
            }
            (Face::Blocking, Database::Mariadb) => {
                Box::new(session::blocking::<MysqlConnection>(url)?)
            }
            (Face::Waiting, Database::Sqlite) => Box::new(session::waiting::<
                SyncConnectionWrapper<SqliteConnection>,
            >(url)?),
            (Face::Waiting, Database::Postgres) => {
                Box::new(session::waiting::<AsyncPgConnection>(url)?)
            }
            (Face::Waiting, Database::Mariadb) => {
                Box::new(session::waiting::<AsyncMysqlConnection>(url)?)
            }
        })
    }
}

/// The settings of a client's connections: waits are bounded, and the isolation level is drawn.
pub(super) fn settings(database: Database, rng: &mut impl Rng) -> Vec<String> {
    let level = match rng.random_range(0..4) {
        0 => "REPEATABLE READ",
        1 => "SERIALIZABLE",
        _ => "READ COMMITTED",
    };
    let snapshots = rng.random_bool(0.5);
    match database {
        Database::Sqlite => vec![
            "PRAGMA busy_timeout = 300".to_owned(),
            "PRAGMA synchronous = OFF".to_owned(),
            format!("PRAGMA max_page_count = {PAGES}"),
        ],
        Database::Postgres => vec![
            "SET lock_timeout = '1s'".to_owned(),
            "SET statement_timeout = '3s'".to_owned(),
            format!("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}"),
        ],
        Database::Mariadb => vec![
            "SET SESSION innodb_lock_wait_timeout = 1".to_owned(),
            format!("SET SESSION innodb_snapshot_isolation = {snapshots}"),
            format!("SET SESSION TRANSACTION ISOLATION LEVEL {level}"),
        ],
    }
}
