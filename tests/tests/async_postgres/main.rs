//! The cases of all databases on async connections to PostgreSQL.
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
