//! The suite on SQLite: the cases of all databases, and what this one alone has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::any::AnyConnection;
use optlock_tests::prelude;
use optlock_tests::sqlite::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned};

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/trigger_save_changes.rs"]
mod trigger_save_changes;
#[path = "../../cases/zoned.rs"]
mod zoned;

mod batches;
mod timestamps;
mod transactions;
mod triggers;
mod upserts;
mod verify;
mod version_triggers;
mod write_lock;
