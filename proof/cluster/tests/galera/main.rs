//! Three MariaDB nodes of Galera, of which each takes writes. `bin/proof-cluster galera` starts them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a scenario stops at the first surprise
#![allow(clippy::print_stdout)] // each scenario prints what it saw

mod commit;
mod hop;
mod leases;
mod partition;
mod races;
mod setting;
