//! The suite on MariaDB or MySQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::result::DatabaseErrorKind;
use optlock_tests::mysql::{Conn, Scratch};

/// The folder in `migrations`.
const DATABASE: &str = "mysql";

/// Diesel knows MySQL's number of the error (3819), not MariaDB's (4025).
const CHECK_VIOLATION: DatabaseErrorKind = DatabaseErrorKind::Unknown;

/// What makes the server give up a transaction that meets a newer row (1020, at REPEATABLE READ).
const ABORTING_ISOLATION: &str = "SET SESSION innodb_snapshot_isolation = ON";

/// A column for the 16 bytes of a UUID.
const BYTES: &str = "BINARY(16)";
/// What makes a connection give up at once when it meets a lock.
const IMPATIENT: &str = "SET innodb_lock_wait_timeout = 0";
/// How it calls a 32 bit float, bytes, and a timestamp of microseconds.
const TYPES: [&str; 3] = ["FLOAT", "BLOB", "DATETIME(6)"];

/// What a column needs that takes 'amy' and 'AMY' for one, and its type.
const CASELESS: [&str; 2] = ["DO 1", "VARCHAR(20)"];

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/aborted.rs"]
mod aborted;
#[path = "../special/deadlock.rs"]
mod deadlock;
#[path = "../special/end_of_time.rs"]
mod end_of_time;
#[path = "../special/isolation.rs"]
mod isolation;
#[path = "../special/mysql_keys.rs"]
mod keys;
#[path = "../special/mysql_locks.rs"]
mod locks;
#[path = "../special/old_snapshot.rs"]
mod old_snapshot;
#[path = "../special/rewritten.rs"]
mod rewritten;
#[path = "../special/mysql.rs"]
mod special;
#[path = "../special/swallowed.rs"]
mod swallowed;
#[path = "../special/mysql_types.rs"]
mod types;
#[path = "../special/unsigned.rs"]
mod unsigned;
