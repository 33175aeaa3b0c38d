//! The suite on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::result::DatabaseErrorKind;
use optlock_tests::sqlite::{Conn, Scratch};

/// The folder in `migrations`.
const DATABASE: &str = "sqlite";

const CHECK_VIOLATION: DatabaseErrorKind = DatabaseErrorKind::CheckViolation;

/// A column for the 16 bytes of a UUID.
const BYTES: &str = "BLOB";

/// A time with its zone.
use diesel::sql_types::TimestamptzSqlite as Zoned;

/// What makes a connection give up at once when it meets a lock.
const IMPATIENT: &str = "PRAGMA busy_timeout = 0";
/// How it calls a 32 bit float, bytes, and a timestamp of microseconds.
const TYPES: [&str; 3] = ["FLOAT", "BLOB", "TIMESTAMP"];

/// What a column needs that takes 'amy' and 'AMY' for one, and its type.
const CASELESS: [&str; 2] = ["SELECT 1", "VARCHAR(20) COLLATE NOCASE"];

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/deferred.rs"]
mod deferred;
#[path = "../special/refusal.rs"]
mod refusal;
#[path = "../special/rewritten.rs"]
mod rewritten;
#[path = "../special/sqlite.rs"]
mod special;
#[path = "../special/swallowed.rs"]
mod swallowed;
#[path = "../special/upsert.rs"]
mod upsert;
#[path = "../special/zoned.rs"]
mod zoned;
