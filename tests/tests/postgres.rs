//! The suite on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::result::DatabaseErrorKind;
use optlock_tests::postgres::{Conn, Scratch};

/// The folder in `migrations`.
const DATABASE: &str = "postgres";

const CHECK_VIOLATION: DatabaseErrorKind = DatabaseErrorKind::CheckViolation;

/// What makes the server give up a transaction that meets a newer row (40001).
const ABORTING_ISOLATION: &str =
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ";

/// A column for the 16 bytes of a UUID.
const BYTES: &str = "BYTEA";

/// A time with its zone.
use diesel::sql_types::Timestamptz as Zoned;

/// What makes a connection give up at once when it meets a lock.
const IMPATIENT: &str = "SET lock_timeout = '1ms'";
/// How it calls a 32 bit float, bytes, and a timestamp of microseconds.
const TYPES: [&str; 3] = ["REAL", "BYTEA", "TIMESTAMP"];

/// What a column needs that takes 'amy' and 'AMY' for one, and its type.
const CASELESS: [&str; 2] = [
    "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "VARCHAR(20) COLLATE caseless",
];

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/aborted.rs"]
mod aborted;
#[path = "../special/postgres_composites.rs"]
mod composites;
#[path = "../special/deadlock.rs"]
mod deadlock;
#[path = "../special/deferred.rs"]
mod deferred;
#[path = "../special/isolation.rs"]
mod isolation;
#[path = "../special/old_snapshot.rs"]
mod old_snapshot;
#[path = "../special/refusal.rs"]
mod refusal;
#[path = "../special/rewritten.rs"]
mod rewritten;
#[path = "../special/postgres.rs"]
mod special;
#[path = "../special/swallowed.rs"]
mod swallowed;
#[path = "../special/postgres_types.rs"]
mod types;
#[path = "../special/upsert.rs"]
mod upsert;
#[path = "../special/zoned.rs"]
mod zoned;
