//! What optlock costs. README.md says what is measured and how.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod batches;
mod by_hand;
mod contacts;
mod proxy;
mod transactions;
mod turns;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::PathBuf;
use std::time::Duration;

fn main() {
    let postgres = &mut connect::<PgConnection>("OPTLOCK_POSTGRES_URL");
    let mariadb = &mut connect::<MysqlConnection>("OPTLOCK_MYSQL_URL");
    let file = &sqlite_file();
    let sqlite = &mut SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    sqlite
        .batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        .unwrap();
    contacts::create(sqlite).unwrap();

    batches::heading();
    for (delay, conn) in &mut *postgres {
        batches::table("PostgreSQL", *delay, conn, Some(by_hand::postgres));
    }
    for (delay, conn) in &mut *mariadb {
        batches::table("MariaDB", *delay, conn, Some(by_hand::mysql));
    }
    batches::table("SQLite", Duration::ZERO, sqlite, None);

    transactions::heading();
    for (delay, conn) in &mut *postgres {
        transactions::row("PostgreSQL", *delay, conn);
    }
    for (delay, conn) in &mut *mariadb {
        transactions::row("MariaDB", *delay, conn);
    }
    transactions::row("SQLite", Duration::ZERO, sqlite);

    for (_, conn) in postgres.first_mut().into_iter() {
        contacts::drop(conn).unwrap();
    }
    for (_, conn) in mariadb.first_mut().into_iter() {
        contacts::drop(conn).unwrap();
    }
    for end in ["", "-wal", "-shm"] {
        let mut file = file.clone().into_os_string();
        file.push(end);
        let _ = std::fs::remove_file(file);
    }
}

/// Two connections to the server that the variable names, and how much longer than on this machine a
/// round trip takes on each.
fn connect<C: Connection>(variable: &str) -> Vec<(Duration, C)> {
    let Ok(url) = std::env::var(variable) else {
        println!("{variable} is not set, so its database is left out; bin/bench starts a server");
        return Vec::new();
    };
    let mut near = C::establish(&url).unwrap();
    contacts::create(&mut near).unwrap();
    let delay = Duration::from_micros(500);
    let far = C::establish(&proxy::slowed(&url, delay)).unwrap();
    vec![(Duration::ZERO, near), (delay, far)]
}

fn sqlite_file() -> PathBuf {
    std::env::temp_dir().join(format!("optlock_bench_{}", std::process::id()))
}
