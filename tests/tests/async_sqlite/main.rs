//! The cases of all databases, and what SQLite alone has, on async connections to it.
//!
//! Not `batches.rs`, `transactions.rs` and `write_lock.rs` of the latter, which are about Diesel's own: an enum of
//! connections, `immediate_transaction`, a pool that blocks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::blocking::prelude;
use optlock_tests::blocking::sqlite::{
    AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned,
};

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/zoned.rs"]
mod zoned;

#[path = "../../cases/given_up.rs"]
mod given_up;

#[path = "../sqlite/timestamps.rs"]
mod timestamps;
#[path = "../sqlite/triggers.rs"]
mod triggers;
#[path = "../sqlite/upserts.rs"]
mod upserts;
#[path = "../sqlite/verify.rs"]
mod verify;
#[path = "../sqlite/version_triggers.rs"]
mod version_triggers;
