//! The cases of all databases on async connections to MariaDB or MySQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::blocking::mysql::{
    AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch,
};
use optlock_tests::blocking::prelude;

#[path = "../../cases/mod.rs"]
mod cases;
#[path = "../../helpers/mod.rs"]
mod helpers;

#[path = "../../cases/given_up.rs"]
mod given_up;
