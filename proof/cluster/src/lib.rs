//! optlock on servers that lag, part and fail over: three MariaDB nodes of Galera, and PostgreSQL with a hot
//! standby. The scenarios are in `tests/`; `bin/proof-cluster` starts the servers and runs them.
//!
//! - [`servers`] are the servers, and what is done to them.
//! - [`rows`] are the tables, with a version that counts and with a UUID.
//! - [`client`] is a client of optlock on a blocking connection or one of diesel-async, so that a scenario is
//!   written once.
//! - [`record`] writes down what clients do, for the checker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a scenario stops at the first surprise

pub mod client;
pub mod record;
pub mod rows;
pub mod servers;

use optlock::Error;
use std::time::{Duration, Instant};

/// Asks `condition` again and again until it holds. The bound turns a hang into a failure: it is longer than a
/// cluster needs to notice that a node is gone, and to take it in again.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed().as_secs() < 60,
            "waited 60 s in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What an error is, in short: its predicates and its words.
pub fn told(error: &Error) -> String {
    let is = [
        ("conflict", error.is_conflict()),
        ("behind", error.is_behind()),
        ("transient", error.is_transient()),
        ("outcome unknown", error.outcome_unknown()),
    ];
    let is: Vec<_> = is
        .iter()
        .filter(|(_, is)| *is)
        .map(|(name, _)| *name)
        .collect();
    let source = std::error::Error::source(error).map(ToString::to_string);
    format!(
        "[{}] {error} ({})",
        is.join(", "),
        source.unwrap_or_default()
    )
}
