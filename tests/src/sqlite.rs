//! SQLite: a file for each test, so that two connections meet.

use crate::capabilities::Capability::{Has, Lacks};
use crate::capabilities::{Capabilities, Spelling, TransactionCheck};
use crate::prepared::{Kept, Watch};
use crate::scratch::{Place, unique_name};
use crate::wait_until;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use optlock::backend::Database;
use std::path::PathBuf;

/// A time with its zone.
pub use diesel::sql_types::TimestamptzSqlite as Zoned;

pub type Conn = SqliteConnection;
pub type Scratch = crate::scratch::Scratch<Folder>;

pub const CAPABILITIES: Capabilities = Capabilities {
    name: "sqlite",
    database: Database::Sqlite,
    locks_rows: Lacks("SQLite locks the whole database, and no single rows"),
    isolation_levels: Lacks("SQLite has one isolation level"),
    aborts_on_newer: Lacks(
        "SQLite refuses a write from an old snapshot, and the transaction goes on",
    ),
    deferred_constraints: Has(()),
    refuses_silently: Has(
        "CREATE TRIGGER only_bob_is_changed BEFORE UPDATE ON contacts WHEN OLD.id <> 2
             BEGIN SELECT RAISE(IGNORE); END;
         CREATE TRIGGER only_bob_is_deleted BEFORE DELETE ON contacts WHEN OLD.id <> 2
             BEGIN SELECT RAISE(IGNORE); END",
    ),
    ends_transaction: Has((
        "INSERT OR ROLLBACK INTO contacts SELECT * FROM contacts",
        "UNIQUE constraint failed: contacts.id",
    )),
    rolls_back_panics: Has(()),
    panics_where_it_is_sent: Has(()),
    multi_connection: Has(()),
    reads_old_rows: false,
    aborts_to_savepoint: false,
    transaction_check: TransactionCheck::NotNeeded,
    begins_twice: false,
    batch_is_one_statement: false,
    // The single `UPDATE`.
    kept_batch_statements: 1,
    rounds: 50,
    errors_have_hints: false,
    check_violation: DatabaseErrorKind::CheckViolation,
};

/// The key by which an upsert finds the contact that is there.
pub const CONTACTS_KEY: crate::schema::contacts::id = crate::schema::contacts::id;

pub const SQL: Spelling = Spelling {
    impatient: "PRAGMA busy_timeout = 0",
    float: "FLOAT",
    bytes: "BLOB",
    uuid_bytes: "BLOB",
    timestamp: "TIMESTAMP",
    caseless: "VARCHAR(20) COLLATE NOCASE",
    before_caseless: None,
    same: " IS ?",
    batch_order: None,
    trim_names: "CREATE TRIGGER trims AFTER UPDATE OF name ON contacts BEGIN
             UPDATE contacts SET name = trim(NEW.name) WHERE id = NEW.id;
         END",
    raise: |words| {
        format!(
            "DROP TRIGGER IF EXISTS raises; CREATE TRIGGER raises BEFORE UPDATE ON contacts
                 BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
    },
};

/// A folder for the database and its journal.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Place for Folder {
    type Conn = Conn;

    fn create() -> Self {
        let folder = std::env::temp_dir().join(unique_name());
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn url(&self) -> String {
        self.0.join("scratch.sqlite").to_str().unwrap().to_owned()
    }

    /// A connection waits for others up to a minute. No power fails during a test.
    fn enter(&self) -> Option<String> {
        let pragmas =
            "PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON";
        Some(pragmas.to_owned())
    }

    fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// SQLite prepares in the process: there is no server to ask.
pub fn kept<C>(_conn: &mut C) -> Option<Kept> {
    None
}

/// Returns what waits until the connection waits for a lock. SQLite shows that to nobody: it only
/// asks for the lock again and again. What can be seen is that Diesel is about to call it. That is
/// enough, because the other connection holds the lock at that moment: if our call comes to the lock
/// before the other one's COMMIT, it waits for it, and if it comes later, there is nothing to wait
/// for. Either way it must find what was committed.
pub fn lookout<C>(_: &mut C, watch: &Watch) -> impl Fn() + use<C> {
    let watch = watch.clone();
    move || {
        wait_until("the statement that waits should go out", || {
            [
                "BEGIN IMMEDIATE",
                "COMMIT; BEGIN IMMEDIATE",
                "INSERT",
                "UPDATE",
                "DELETE",
            ]
            .iter()
            .any(|statement| watch.has_sent(statement))
        });
    }
}

/// Runs `body` in a transaction that takes the write lock at its beginning.
pub fn immediate(
    conn: &mut Conn,
    body: &mut dyn FnMut(&mut Conn) -> QueryResult<()>,
) -> QueryResult<()> {
    conn.immediate_transaction(body)
}
