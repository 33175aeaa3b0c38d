//! Two connections, one row: what a checked write or lock gets when another writer is there.
//!
//! `on_sqlite.rs`, `on_postgres.rs` and `on_mysql.rs` have a table each, one column for each of the
//! [`Settings`](sqlite::race::Settings) and one row for each of the
//! [`RACES`](sqlite::race::RACES); each cell is a test. What fits into no table is beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the races are run on every database

use optlock_tests::prelude;

#[path = "."]
mod sqlite {
    use on_sqlite::SETTINGS;
    use optlock_tests::sqlite::*;

    #[macro_use]
    mod race;
    mod on_sqlite;
}

#[path = "."]
mod postgres {
    use on_postgres::SETTINGS;
    use optlock_tests::postgres::*;

    #[macro_use]
    mod race;
    mod on_postgres;
}

#[path = "."]
mod mysql {
    use on_mysql::SETTINGS;
    use optlock_tests::mysql::*;

    #[macro_use]
    mod race;
    mod on_mysql;
}
