//! The suite on PostgreSQL: the cases of all databases, and what this one alone has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::any::AnyConnection;
use optlock_tests::postgres as server;
use optlock_tests::postgres::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned};
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
#[path = "../../cases/zoned.rs"]
mod zoned;

mod batch_losers;
mod composites;
mod generated;
mod keys;
mod leases;
mod locks;
mod policies;
mod raw_ends;
mod serialization;
mod statements;
mod transactions;
mod types;
mod upserts;
mod verify;
mod version_triggers;

helpers::paper::paper!(in_a_uuid_column: uuid::Uuid, Uuid, "UUID");
