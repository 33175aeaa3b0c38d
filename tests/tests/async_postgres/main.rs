//! The cases of all databases, and what PostgreSQL alone has, on async connections to it.
//!
//! Not `transactions.rs` of the latter. Before the COMMIT another statement is sent there; and after a `RELEASE
//! SAVEPOINT` that fails diesel-async 0.9 does not roll back to the savepoint, so that the transaction around a nested
//! one whose body has swallowed an error is lost with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::blocking::postgres::{
    AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch, Zoned,
};
use optlock_tests::blocking::prelude;

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/zoned.rs"]
mod zoned;

#[path = "../../cases/given_up.rs"]
mod given_up;

#[path = "../postgres/composites.rs"]
mod composites;
#[path = "../postgres/keys.rs"]
mod keys;
#[path = "../postgres/locks.rs"]
mod locks;
#[path = "../postgres/policies.rs"]
mod policies;
#[path = "../postgres/serialization.rs"]
mod serialization;
#[path = "../postgres/statements.rs"]
mod statements;
#[path = "../postgres/types.rs"]
mod types;

helpers::paper::paper!(in_a_uuid_column: uuid::Uuid, Uuid, "UUID");
