//! Where and with what the report was made.

use crate::servers::Databases;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use optlock_benches_raw::{Driver as _, LibMariadb, LibPq};
use std::fmt::Write as _;
use std::fs;

/// Packages of which the version matters.
const PACKAGES: [&str; 10] = [
    "diesel",
    "diesel-async",
    "diesel_versioning",
    "libsqlite3-sys",
    "mysql_async",
    "optlock",
    "sea-orm",
    "sqlx",
    "tokio",
    "tokio-postgres",
];

pub(crate) fn environment(databases: &mut Databases) -> String {
    let sqlite = &mut databases.sqlite.conn;
    let date = diesel::select(sql::<Text>("strftime('%Y-%m-%d %H:%M UTC')")).get_result(sqlite);
    let mut facts = vec![
        ("Date", date.unwrap()),
        ("Command", command()),
        ("CPU", cpu()),
        ("Kernel", read("/proc/sys/kernel/osrelease")),
        ("Pinned", pinned()),
    ];
    let version = |text: QueryResult<String>| text.unwrap();
    if let Some(server) = databases.postgres.first_mut() {
        let query = diesel::select(sql::<Text>("current_setting('server_version')"));
        let server = version(query.get_result(&mut server.conn));
        facts.push((
            "PostgreSQL",
            format!("{server}, libpq {}", LibPq::version()),
        ));
    }
    if let Some(server) = databases.mariadb.first_mut() {
        let query = diesel::select(sql::<Text>("VERSION()"));
        let server = version(query.get_result(&mut server.conn));
        facts.push((
            "MariaDB",
            format!("{server}, libmariadb {}", LibMariadb::version()),
        ));
    }
    let query = diesel::select(sql::<Text>("sqlite_version()"));
    facts.push(("SQLite", version(query.get_result(sqlite))));
    facts.push(("Packages", packages()));

    let mut lines = String::new();
    for (name, fact) in facts {
        let _ = writeln!(lines, "- {name}: {}", fact.trim());
    }
    lines
}

fn command() -> String {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    format!(
        "`{}`",
        ["bin/bench".to_owned()]
            .into_iter()
            .chain(arguments)
            .collect::<Vec<_>>()
            .join(" ")
    )
}

/// What bin/bench did about it.
fn pinned() -> String {
    std::env::var("OPTLOCK_BENCH_PINNED")
        .unwrap_or_else(|_| "no, by bin/bench it would be".to_owned())
}

/// The model of the first processor, and how many there are.
fn cpu() -> String {
    let cpus = read("/proc/cpuinfo");
    let models: Vec<_> = cpus
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, model)| model)
        .collect();
    format!(
        "{} x {}",
        models.len(),
        models.first().unwrap_or(&"unknown")
    )
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|_| "unknown".to_owned())
}

/// Names and versions of packages, by the lock file with which this was built.
fn packages() -> String {
    let lock = include_str!("../../../Cargo.lock");
    let mut packages = Vec::new();
    for package in lock.split("[[package]]\n") {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            line.strip_prefix(" = \"")?.strip_suffix('"')
        };
        if let (Some(name), Some(version)) = (value("name"), value("version"))
            && PACKAGES.contains(&name)
        {
            packages.push(format!("{name} {version}"));
        }
    }
    packages.join(", ")
}
