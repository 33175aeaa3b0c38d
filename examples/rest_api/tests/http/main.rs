//! The service is started, and talked to over TCP. On the database that it was built for: on SQLite a file, and otherwise a
//! database of its own at the server of `OPTLOCK_POSTGRES_URL` or `OPTLOCK_MYSQL_URL`, which `bin/test` starts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod client;
mod document;
mod load;
mod own_task;
mod races;
mod scratch;
mod server;
mod statuses;
