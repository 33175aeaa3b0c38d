//! The suite on MariaDB or MySQL: the cases of all databases, and what this one alone has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::any::AnyConnection;
use optlock_tests::mysql as server;
use optlock_tests::mysql::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, UNENCRYPTED};
use optlock_tests::prelude;

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/lease_clock.rs"]
mod lease_clock;
#[path = "../../cases/lease_locks.rs"]
mod lease_locks;
#[path = "../../cases/trigger_save_changes.rs"]
mod trigger_save_changes;

mod batch_few;
mod batch_locks;
mod batch_losers;
mod end_of_time;
mod keys;
mod leases;
mod locks;
mod numbered;
mod old_snapshots;
mod transactions;
mod types;
mod unsigned;
mod upserts;
mod verify;
mod version_triggers;
