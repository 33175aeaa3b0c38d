//! The suite on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::result::DatabaseErrorKind;
use optlock_tests::sqlite::{Conn, Scratch};

/// The folder in `migrations`.
const DATABASE: &str = "sqlite";

const CHECK_VIOLATION: DatabaseErrorKind = DatabaseErrorKind::CheckViolation;

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/deferred.rs"]
mod deferred;
#[path = "../special/refusal.rs"]
mod refusal;
#[path = "../special/sqlite.rs"]
mod special;
#[path = "../special/swallowed.rs"]
mod swallowed;
