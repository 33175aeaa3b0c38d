//! Scratch databases behind PgBouncer in transaction mode.

use crate::models::Contact;
use crate::schema::{TABLES, contacts};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// A database of one test, and so a pool of its own. (A schema would not do: the server connection,
/// not the client, has the `search_path`.)
#[derive(Debug)]
pub struct Scratch {
    database: String,
}

impl Scratch {
    /// With the tables of the suite, and with Ann and Bob.
    pub fn new() -> Self {
        let database = crate::unique_name();
        crate::postgres::admin()
            .batch_execute(&format!("CREATE DATABASE {database}"))
            .unwrap();
        let scratch = Self { database };
        let mut conn = scratch.connect_directly();
        conn.batch_execute(&TABLES.join(";")).unwrap();
        diesel::insert_into(contacts::table)
            .values([Contact::ann(), Contact::bob()])
            .execute(&mut conn)
            .unwrap();
        scratch
    }

    /// A new client of the pooler.
    pub fn connect(&self) -> PgConnection {
        self.connect_to("OPTLOCK_PGBOUNCER_URL")
    }

    /// A new connection to the server itself.
    pub fn connect_directly(&self) -> PgConnection {
        self.connect_to("OPTLOCK_POSTGRES_URL")
    }

    fn connect_to(&self, variable: &str) -> PgConnection {
        let url = crate::server(variable);
        let (server, _database) = url.rsplit_once('/').unwrap();
        PgConnection::establish(&format!("{server}/{}", self.database)).unwrap()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The pooler keeps its connections.
        let _ = crate::postgres::admin()
            .batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.database));
    }
}
