//! What the suite stands on: scratch databases, what each database can do, the models, and eyes for
//! what a server does.
//!
//! - `cases/` has the cases, and `helpers/` what several of them use. Both are compiled for each
//!   database by `tests/{sqlite,postgres,mysql}/main.rs`. A case takes `Conn`, `Scratch`,
//!   `CAPABILITIES` and `SQL` from the crate, and calls connections through `crate::prelude`. What its
//!   database may lack it asks for by [`require`](capabilities::require).
//! - `tests/async_{sqlite,postgres,mysql}/` and `tests/async_races/` are the same cases and races on async
//!   connections: their `Conn` and `crate::prelude` are those of [`blocking`].
//! - `tests/{sqlite,postgres,mysql}/` has what one database alone has.
//! - `tests/async_kept/` is `tests/{prepared,lost_connection,statement_ids}/` on async connections.
//! - `tests/{races,prepared,lost_connection,statement_ids,cancellation}/` run on several databases in one program.
//!   Each `main.rs` has a module for each database, which imports all of its module here and includes
//!   the cases; these take `Conn`, `Scratch`, .. from `super`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

pub mod any;
pub mod blocking;
pub mod capabilities;
pub mod models;
pub mod mysql;
pub mod pgbouncer;
pub mod postgres;
pub mod prelude;
pub mod prepared;
pub mod proxy;
pub mod schema;
pub mod scratch;
pub mod sqlite;
pub mod waiting;

/// The URL of a server from the environment; `bin/test` starts one and sets it.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the suite by `bin/test`, which starts the servers it needs, or set it to the URL of a server that tests may use")
    })
}

/// Asks `condition` again and again until it holds. The bound is no part of any test: it is what
/// turns a hang into a failure. Nor is the pause: without it, those who wait would take the
/// processors from those they wait for.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(
            start.elapsed().as_secs() < 60,
            "waited 60 s in vain: {what}"
        );
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// What the cause of an error says: the database's own words.
pub fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

/// Does an error of an insert say that the row was there, as an insert has left it?
pub fn is_inserted_already(error: &optlock::Error) -> bool {
    match error {
        optlock::Error::ConcurrentModification(conflict) => {
            *conflict.found() == (optlock::Found::Exists { version: 1.into() })
        }
        _ => false,
    }
}
