//! The suite on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::sqlite::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned};

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/sqlite.rs"]
mod special;
#[path = "../special/zoned.rs"]
mod zoned;
