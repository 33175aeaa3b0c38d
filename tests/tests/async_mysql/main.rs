//! The cases of all databases, and what MariaDB and MySQL alone have, on async connections to them.
//!
//! Not `end_of_time.rs` of the latter: beyond the end of a `TIMESTAMP` MariaDB stores something else only as libmariadb
//! sends it. What mysql_async sends it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::blocking::mysql::{
    AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, UNENCRYPTED,
};
use optlock_tests::blocking::prelude;
use optlock_tests::mysql as server;

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/lease_clock.rs"]
mod lease_clock;
#[path = "../../cases/lease_locks.rs"]
mod lease_locks;

#[path = "../../cases/given_up.rs"]
mod given_up;

#[path = "../mysql/batch_locks.rs"]
mod batch_locks;
#[path = "../mysql/keys.rs"]
mod keys;
#[path = "../mysql/leases.rs"]
mod leases;
#[path = "../mysql/locks.rs"]
mod locks;
#[path = "../mysql/numbered.rs"]
mod numbered;
#[path = "../mysql/old_snapshots.rs"]
mod old_snapshots;
#[path = "../mysql/transactions.rs"]
mod transactions;
#[path = "../mysql/types.rs"]
mod types;
#[path = "../mysql/unsigned.rs"]
mod unsigned;
#[path = "../mysql/upserts.rs"]
mod upserts;
#[path = "../mysql/verify.rs"]
mod verify;
#[path = "../mysql/version_triggers.rs"]
mod version_triggers;
