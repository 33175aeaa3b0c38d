//! What the suite stands on: scratch databases, the models, and eyes for what a server does.
//!
//! The cases themselves are in `cases/`. They are written once and compiled for each database by
//! `tests/{sqlite,postgres,mysql}.rs`, with `Scratch` and `Conn` of that database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

pub mod any;
pub mod capabilities;
pub mod models;
pub mod mysql;
pub mod pgbouncer;
pub mod postgres;
pub mod prepared;
pub mod proxy;
pub mod schema;
pub mod scratch;
pub mod sqlite;

/// The URL of a server from the environment; `bin/test` starts one and sets it.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the suite by `bin/test`, which starts the servers it needs, or set it to the URL of a server that tests may use")
    })
}

/// Asks `condition` again and again until it holds. The bound is no part of any test: it is what
/// turns a hang into a failure.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(
            start.elapsed().as_secs() < 60,
            "waited 60 s in vain: {what}"
        );
        std::thread::yield_now();
    }
}

/// What the cause of an error says: the database's own words.
pub fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
