//! PostgreSQL with a hot standby. `bin/proof-cluster standby` starts the servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a scenario stops at the first surprise
#![allow(clippy::print_stdout)] // each scenario prints what it saw

mod failover;
mod lost_answers;
mod replica;
mod setting;
