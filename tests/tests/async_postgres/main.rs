//! The cases of all databases, and what PostgreSQL alone has, on async connections to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::blocking::postgres::{
    AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned,
};
use optlock_tests::blocking::prelude;
use optlock_tests::postgres as server;

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/lease_clock.rs"]
mod lease_clock;
#[path = "../../cases/lease_locks.rs"]
mod lease_locks;
#[path = "../../cases/zoned.rs"]
mod zoned;

#[path = "../../cases/given_up.rs"]
mod given_up;

#[path = "../postgres/composites.rs"]
mod composites;
#[path = "../postgres/generated.rs"]
mod generated;
#[path = "../postgres/keys.rs"]
mod keys;
#[path = "../postgres/leases.rs"]
mod leases;
#[path = "../postgres/locks.rs"]
mod locks;
#[path = "../postgres/policies.rs"]
mod policies;
#[path = "../postgres/serialization.rs"]
mod serialization;
#[path = "../postgres/statements.rs"]
mod statements;
#[path = "../postgres/transactions.rs"]
mod transactions;
#[path = "../postgres/types.rs"]
mod types;
#[path = "../postgres/upserts.rs"]
mod upserts;
#[path = "../postgres/verify.rs"]
mod verify;
#[path = "../postgres/version_triggers.rs"]
mod version_triggers;

helpers::paper::paper!(in_a_uuid_column: uuid::Uuid, Uuid, "UUID");
