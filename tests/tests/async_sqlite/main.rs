//! The cases of all databases on async connections to SQLite.
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
