//! The suite on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::postgres::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned};

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/postgres_composites.rs"]
mod composites;
#[path = "../special/postgres.rs"]
mod special;
#[path = "../special/postgres_types.rs"]
mod types;
#[path = "../special/zoned.rs"]
mod zoned;
