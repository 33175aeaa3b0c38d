//! The suite on MariaDB or MySQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::mysql::{CAPABILITIES, CONTACTS_KEY, Conn, SQL, Scratch};

#[path = "../cases/mod.rs"]
mod cases;

#[path = "../special/end_of_time.rs"]
mod end_of_time;
#[path = "../special/mysql_keys.rs"]
mod keys;
#[path = "../special/mysql_locks.rs"]
mod locks;
#[path = "../special/mysql.rs"]
mod special;
#[path = "../special/mysql_types.rs"]
mod types;
#[path = "../special/unsigned.rs"]
mod unsigned;
