//! MariaDB (or MySQL): a database for each test.

use crate::capabilities::Capability::{Has, Lacks};
use crate::capabilities::{Capabilities, Spelling, TransactionCheck};
use crate::prepared::{Kept, Watch};
use crate::scratch::{Makers, Place, unique_name};
use crate::{server, wait_until};
use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_types::{BigInt, Bool};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

pub type Conn = MysqlConnection;
pub type Scratch = crate::scratch::Scratch<Database>;

pub const CAPABILITIES: Capabilities = Capabilities {
    name: "mysql",
    database: optlock::backend::Database::Mysql,
    locks_rows: Has(()),
    isolation_levels: Has(()),
    aborts_on_newer: Has(SNAPSHOT_ISOLATION),
    deferred_constraints: Lacks("MariaDB and MySQL check a constraint at once"),
    refuses_silently: Lacks("in MariaDB and MySQL a trigger refuses a write by an error only"),
    ends_transaction: Lacks("in MariaDB and MySQL only a conflict with another client does that"),
    rolls_back_panics: Has(()),
    panics_where_it_is_sent: Has(()),
    multi_connection: Has(()),
    reads_old_rows: true,
    aborts_to_savepoint: false,
    transaction_check: TransactionCheck::Savepoint,
    begins_twice: true,
    batch_is_one_statement: false,
    // Each has the length of its batch.
    kept_batch_statements: 2,
    rounds: 1_000,
    errors_have_hints: false,
    // Diesel knows MySQL's number of the error (3819), not MariaDB's (4025).
    check_violation: DatabaseErrorKind::Unknown,
};

/// At REPEATABLE READ a transaction then ends when it meets a newer row (1020).
pub const SNAPSHOT_ISOLATION: &str = "SET SESSION innodb_snapshot_isolation = ON";

/// The key by which an upsert finds the contact that is there.
pub const CONTACTS_KEY: diesel::dsl::DuplicatedKeys = diesel::dsl::DuplicatedKeys;

pub const SQL: Spelling = Spelling {
    impatient: "SET innodb_lock_wait_timeout = 0",
    float: "FLOAT",
    bytes: "BLOB",
    uuid_bytes: "BINARY(16)",
    timestamp: "DATETIME(6)",
    caseless: "VARCHAR(20)",
    before_caseless: None,
    same: " <=> ?",
    batch_order: None,
    trim_names: "CREATE TRIGGER trims BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.name = TRIM(NEW.name)",
    raise: |words| {
        format!(
            "CREATE OR REPLACE TRIGGER raises BEFORE UPDATE ON contacts FOR EACH ROW
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{words}'"
        )
    },
};

/// The name of a database.
#[derive(Debug)]
pub struct Database(String);

static MAKERS: Makers<Conn> = Makers::new();

impl Place for Database {
    type Conn = Conn;

    fn create() -> Self {
        let name = unique_name();
        let sql = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
        MAKERS.send(&sql, admin).unwrap();
        Self(name)
    }

    fn url(&self) -> String {
        server("OPTLOCK_MYSQL_URL")
    }

    fn enter(&self) -> Option<String> {
        Some(format!("USE {}", self.0))
    }

    fn fill(&self, sql: &str) {
        let sql = format!("USE {}; {sql}", self.0);
        MAKERS.send(&sql, admin).unwrap();
    }

    fn remove(&self) {
        let sql = format!("SET lock_wait_timeout = 5; DROP DATABASE {}", self.0);
        let _ = MAKERS.send(&sql, admin);
    }
}

/// A connection that looks at others.
pub fn admin() -> Conn {
    Conn::establish(&server("OPTLOCK_MYSQL_URL")).unwrap()
}

/// Names a connection on the server.
pub fn connection_id(conn: &mut impl LoadConnection<Backend = Mysql>) -> i64 {
    diesel::select(sql::<BigInt>("CONNECTION_ID()"))
        .get_result(conn)
        .unwrap()
}

fn is_true(condition: &str, admin: &mut Conn) -> bool {
    diesel::select(sql::<Bool>(condition))
        .get_result(admin)
        .unwrap()
}

/// Waits until the connection waits for a lock.
pub fn wait_until_blocked(id: i64) {
    wait_until("a connection should wait for a lock", || {
        let asked = Instant::now();
        let mut blocked = BLOCKED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*blocked {
            Some((read, ids)) if *read > asked => ids.contains(&id),
            _ => blocked.insert(read_blocked()).1.contains(&id),
        }
    });
}

/// The connections that waited for a lock, and when that was read: once for all tests that ask meanwhile.
static BLOCKED: Mutex<Option<(Instant, Vec<i64>)>> = Mutex::new(None);

/// `INNODB_TRX` shows a copy that is renewed only if nobody has read it for 0.1 s, so that two who look again and
/// again would never see anything new. Hence the lock, against other programs, and the pause, which no result
/// depends on.
fn read_blocked() -> (Instant, Vec<i64>) {
    let mut admin = admin();
    admin
        .batch_execute("DO GET_LOCK('optlock_innodb_trx', 60); DO SLEEP(0.11)")
        .unwrap();
    let read = Instant::now();
    let ids = sql::<BigInt>(
        "SELECT CAST(trx_mysql_thread_id AS SIGNED) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
    );
    (read, ids.load(&mut admin).unwrap())
}

/// The server ends the connection.
pub fn kill(id: i64) {
    admin().batch_execute(&format!("KILL {id}")).unwrap();
}

pub fn is_connected(id: i64) -> bool {
    let exists = format!("EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE id = {id})");
    is_true(&exists, &mut admin())
}

/// A proxy can read what a connection of such a URL sends.
pub const UNENCRYPTED: &str = "ssl_mode=disabled";

/// What the server keeps: MariaDB counts what it did. A statement that is not kept is prepared, run
/// once and closed, this query too.
pub fn kept(conn: &mut impl LoadConnection<Backend = Mysql>) -> Option<Kept> {
    let less_closed = |counted: &str| {
        format!(
            "(SELECT CAST(SUM(CASE VARIABLE_NAME WHEN '{counted}' THEN VARIABLE_VALUE WHEN 'COM_STMT_CLOSE' THEN -VARIABLE_VALUE END) AS SIGNED) \
             FROM information_schema.SESSION_STATUS)"
        )
    };
    let (statements, uses) = diesel::select((
        sql::<BigInt>(&less_closed("COM_STMT_PREPARE")),
        sql::<BigInt>(&less_closed("COM_STMT_EXECUTE")),
    ))
    .get_result(conn)
    .unwrap();
    Some(Kept { statements, uses })
}

/// Returns what waits until the connection waits for a lock.
pub fn lookout<C>(conn: &mut C, _: &Watch) -> impl Fn() + use<C>
where
    C: LoadConnection<Backend = Mysql>,
{
    let id = connection_id(conn);
    move || wait_until_blocked(id)
}
