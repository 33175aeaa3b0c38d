//! Scratch databases on PostgreSQL.

use crate::models::Contact;
use crate::schema::{TABLES, contacts};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

pub type Conn = PgConnection;

/// A schema of one test.
#[derive(Debug)]
pub struct Scratch {
    schema: String,
}

impl Scratch {
    /// With the tables of the suite, and with Ann and Bob.
    pub fn new() -> Self {
        let schema = crate::unique_name();
        admin()
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .unwrap();
        let scratch = Self { schema };
        let mut conn = scratch.connect();
        conn.batch_execute(&TABLES.join(";")).unwrap();
        diesel::insert_into(contacts::table)
            .values([Contact::ann(), Contact::bob()])
            .execute(&mut conn)
            .unwrap();
        scratch
    }

    /// The server's URL; the tables are found through [`search_path`](Self::search_path).
    pub fn url(&self) -> String {
        crate::server("OPTLOCK_POSTGRES_URL")
    }

    pub fn search_path(&self) -> String {
        format!("SET search_path TO {}", self.schema)
    }

    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// A new connection.
    pub fn connect(&self) -> Conn {
        let mut conn = admin();
        self.enter(&mut conn);
        conn
    }

    /// Sets up a connection that somebody else made, a pool for example.
    pub fn enter(&self, conn: &mut impl SimpleConnection) {
        conn.batch_execute(&self.search_path()).unwrap();
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = admin().batch_execute(&format!(
            "SET lock_timeout = '5s'; SET client_min_messages = warning; DROP SCHEMA {} CASCADE",
            self.schema
        ));
    }
}

/// A connection that looks at others.
pub fn admin() -> Conn {
    Conn::establish(&crate::server("OPTLOCK_POSTGRES_URL")).unwrap()
}

diesel::define_sql_function! { fn pg_backend_pid() -> Integer }

/// Names a connection on the server.
pub fn connection_id(conn: &mut Conn) -> i64 {
    diesel::select(pg_backend_pid())
        .get_result::<i32>(conn)
        .unwrap()
        .into()
}

/// Waits until the connection waits for a lock.
pub fn wait_until_blocked(id: i64) {
    let mut admin = admin();
    crate::wait_until("a connection should wait for a lock", || {
        diesel::select(diesel::dsl::sql::<Bool>(&format!(
            "EXISTS (SELECT FROM pg_stat_activity WHERE pid = {id} AND wait_event_type = 'Lock')"
        )))
        .get_result(&mut admin)
        .unwrap()
    });
}
