//! What optlock costs. README.md says what is measured and how.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod batches;
mod by_hand;
mod clients;
mod contacts;
mod printed;
mod proxy;
mod servers;
mod statements;
mod transactions;
mod triggers;
mod turns;
mod waiting;

use diesel::{MysqlConnection, PgConnection};
use optlock::backend::Database;
use servers::Server;

/// The tables of the result. Arguments choose some of them.
const TABLES: [&str; 4] = ["batches", "transactions", "triggers", "async"];

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).collect();
    for table in &wanted {
        assert!(TABLES.contains(&&**table), "{table} is none of {TABLES:?}");
    }
    let is_wanted = |table: &str| wanted.is_empty() || wanted.iter().any(|name| name == table);

    let postgres = &mut servers::named_by::<PgConnection>("OPTLOCK_POSTGRES_URL");
    let mariadb = &mut servers::named_by::<MysqlConnection>("OPTLOCK_MYSQL_URL");
    let sqlite = &mut servers::sqlite_file();

    if is_wanted("batches") {
        batches::heading();
        for Server { delay, conn, .. } in &mut *postgres {
            batches::table("PostgreSQL", *delay, conn, Some(by_hand::postgres));
        }
        for Server { delay, conn, .. } in &mut *mariadb {
            batches::table("MariaDB", *delay, conn, Some(by_hand::mysql));
        }
        batches::table("SQLite", sqlite.delay, &mut sqlite.conn, None);
    }

    if is_wanted("transactions") {
        transactions::heading();
        for Server { delay, conn, .. } in &mut *postgres {
            transactions::row("PostgreSQL", *delay, conn);
        }
        for Server { delay, conn, .. } in &mut *mariadb {
            transactions::row("MariaDB", *delay, conn);
        }
        transactions::row("SQLite", sqlite.delay, &mut sqlite.conn);
    }

    if is_wanted("triggers") {
        triggers::heading();
        if let Some(near) = postgres.first_mut() {
            triggers::row("PostgreSQL", Database::Postgres, &mut near.conn);
        }
        if let Some(near) = mariadb.first_mut() {
            triggers::row("MariaDB", Database::Mysql, &mut near.conn);
        }
        triggers::row("SQLite", Database::Sqlite, &mut sqlite.conn);
    }

    if is_wanted("async") {
        waiting::heading();
        for server in &mut *postgres {
            waiting::rows("PostgreSQL", server, waiting::postgres);
        }
        for server in &mut *mariadb {
            waiting::rows("MariaDB", server, waiting::mysql);
        }
        waiting::rows("SQLite", sqlite, waiting::sqlite);
    }

    servers::drop_table(postgres);
    servers::drop_table(mariadb);
    servers::remove_file(sqlite);
}
