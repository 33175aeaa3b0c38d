//! What optlock costs. README.md says what is measured and how.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod clients;
mod contacts;
mod contention;
mod operations;
mod proxy;
mod report;
mod servers;
mod stale;
mod statements;
mod statistics;
mod triggers;
mod turns;
mod ways;

use servers::Databases;
use std::fs;
use std::path::Path;

/// What can be measured. Without an argument it is the report.
const TABLES: [&str; 3] = ["report", "contention", "triggers"];

fn main() {
    let mut wanted: Vec<_> = std::env::args().skip(1).collect();
    for table in &wanted {
        assert!(TABLES.contains(&&**table), "{table} is none of {TABLES:?}");
    }
    if wanted.is_empty() {
        wanted.push("report".to_owned());
    }
    let folder = Path::new("target/bench");
    fs::create_dir_all(folder).unwrap();
    let databases = &mut Databases::connect();
    for table in wanted {
        match &*table {
            "contention" => contention::write(databases, folder),
            "triggers" => triggers::print(databases),
            _ => report::write(databases, folder),
        }
    }
}
