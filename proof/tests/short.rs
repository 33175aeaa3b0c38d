//! Short runs, which CI has time for. `bin/proof` has longer ones.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops at the first surprise

use optlock_proof::run::{Options, Report, run, run_peer};
use optlock_proof::servers::Database;
use std::io::{self, Write as _};
use std::time::Duration;

fn options(database: Database, seconds: u64) -> Options {
    // Another one each time, so that CI comes around.
    let seed = u64::from(std::process::id());
    // Not by `println!`, which is shown of tests that fail only.
    let _ = writeln!(io::stdout(), "{database:?}: seed {seed}, {seconds} s");
    Options {
        database,
        seed,
        time: Duration::from_secs(seconds),
        program: Some(env!("CARGO_BIN_EXE_optlock-proof").into()),
    }
}

/// A run with faults, which finds nothing wrong.
fn prove(database: Database) {
    let mut lines = Vec::new();
    let report = run(&options(database, 25), &mut |line| lines.push(line)).unwrap();
    assert!(report.violations.is_empty(), "{lines:#?}\n{report}");
    did_something(&report);
}

/// A run of clients that are always refused, or have no connection, would find nothing wrong either.
fn did_something(report: &Report) {
    let tally = &report.tally;
    assert!(tally.epochs >= 3, "{report}");
    let done = tally.answers.of("done");
    assert!(done > tally.answers.total() / 4, "{report}");
    for operation in [
        "save_checked",
        "save_all_checked",
        "transaction",
        "retry",
        "save_leased",
    ] {
        assert!(tally.operations.of(operation) > 0, "{operation}\n{report}");
    }
    assert!(tally.answers.of("conflict: modified") > 0, "{report}");
    assert!(tally.faults.total() > 0, "{report}");
}

#[test]
fn nothing_is_lost_on_sqlite() {
    prove(Database::Sqlite);
}

#[test]
fn nothing_is_lost_on_postgres() {
    prove(Database::Postgres);
}

#[test]
fn nothing_is_lost_on_mariadb() {
    prove(Database::Mariadb);
}

/// So what the checker calls right is right because of optlock, and not because it finds nothing.
#[test]
fn a_lost_update_of_a_peer_is_found() {
    let report = run_peer(&options(Database::Sqlite, 60)).unwrap();
    let [violation] = report.violations.as_slice() else {
        panic!("{report}");
    };
    assert!(violation.contains("update_versioned"), "{violation}");
}
