//! Scratch databases on MariaDB (or MySQL).

use crate::models::Contact;
use crate::schema::{TABLES, contacts};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

pub type Conn = MysqlConnection;

/// A database of one test.
#[derive(Debug)]
pub struct Scratch {
    database: String,
}

impl Scratch {
    /// With the tables of the suite, and with Ann and Bob.
    pub fn new() -> Self {
        let database = crate::unique_name();
        admin()
            .batch_execute(&format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"))
            .unwrap();
        let scratch = Self { database };
        let mut conn = scratch.connect();
        for table in TABLES {
            conn.batch_execute(table).unwrap();
        }
        diesel::insert_into(contacts::table)
            .values([Contact::ann(), Contact::bob()])
            .execute(&mut conn)
            .unwrap();
        scratch
    }

    /// The server's URL; the tables are found through [`search_path`](Self::search_path).
    pub fn url(&self) -> String {
        crate::server("OPTLOCK_MYSQL_URL")
    }

    pub fn search_path(&self) -> String {
        format!("USE {}", self.database)
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
            "SET lock_wait_timeout = 5; DROP DATABASE {}",
            self.database
        ));
    }
}

/// A connection that looks at others.
pub fn admin() -> Conn {
    Conn::establish(&crate::server("OPTLOCK_MYSQL_URL")).unwrap()
}

/// Names a connection on the server.
pub fn connection_id(conn: &mut Conn) -> i64 {
    diesel::select(diesel::dsl::sql::<BigInt>("CONNECTION_ID()"))
        .get_result(conn)
        .unwrap()
}

/// Waits until the connection waits for a lock.
///
/// `INNODB_TRX` shows a copy that is renewed only if nobody has read it for 0.1 s, so that two tests
/// that look again and again would never see anything new. Hence the lock and the pause, which no
/// result depends on.
pub fn wait_until_blocked(id: i64) {
    let mut admin = admin();
    crate::wait_until("a connection should wait for a lock", || {
        admin
            .batch_execute("DO GET_LOCK('optlock_innodb_trx', 60); DO SLEEP(0.11)")
            .unwrap();
        let blocked = diesel::select(diesel::dsl::sql::<Bool>(&format!(
            "EXISTS (SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = {id} AND trx_state = 'LOCK WAIT')"
        )))
        .get_result(&mut admin)
        .unwrap();
        admin
            .batch_execute("DO RELEASE_LOCK('optlock_innodb_trx')")
            .unwrap();
        blocked
    });
}
