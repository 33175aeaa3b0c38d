//! PgBouncer in transaction mode: a database for each test, and so a pool of its own. (A schema
//! would not do: the server connection, not the client, has the `search_path`.)

use crate::capabilities::Capability::{self, Has, Lacks};
use crate::postgres::{Conn, admin};
use crate::scratch::{Place, unique_name};
use crate::server;
use diesel::connection::{Connection, SimpleConnection};

pub type Scratch = crate::scratch::Scratch<Pooled>;

/// The URL of the suite's own database, in session mode.
pub fn session_url() -> String {
    let url = server("OPTLOCK_PGBOUNCER_URL");
    let (server, _database) = url.rsplit_once('/').unwrap();
    format!("{server}/optlock_session")
}

/// The name of a database.
#[derive(Debug)]
pub struct Pooled(String);

impl Pooled {
    fn url_of(&self, variable: &str) -> String {
        let url = server(variable);
        let (server, _database) = url.rsplit_once('/').unwrap();
        format!("{server}/{}", self.0)
    }

    fn connect_directly(&self) -> Conn {
        Conn::establish(&self.url_of("OPTLOCK_POSTGRES_URL")).unwrap()
    }
}

impl Place for Pooled {
    type Conn = Conn;

    fn create() -> Self {
        let name = unique_name();
        admin()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        Self(name)
    }

    fn url(&self) -> String {
        self.url_of("OPTLOCK_PGBOUNCER_URL")
    }

    fn enter(&self) -> Option<String> {
        None
    }

    fn fill(&self, sql: &str) {
        self.connect_directly().batch_execute(sql).unwrap();
    }

    fn remove(&self) {
        // The pooler keeps its connections.
        let _ = admin().batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.0));
    }
}

impl Scratch {
    /// A new connection to the server itself.
    pub fn connect_directly(&self) -> Conn {
        self.place.connect_directly()
    }

    /// The URL of the database behind a PgBouncer that keeps the prepared statements of its clients apart.
    pub fn prepared_url(&self) -> Capability<String> {
        const VARIABLE: &str = "OPTLOCK_PGBOUNCER_PREPARED_URL";
        match std::env::var_os(VARIABLE) {
            Some(_) => Has(self.place.url_of(VARIABLE)),
            None => Lacks(
                "PgBouncer can keep prepared statements apart from 1.21 on, and only then `bin/test` sets \
                 OPTLOCK_PGBOUNCER_PREPARED_URL",
            ),
        }
    }
}
