//! The race table of `../races` on async connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the races are run on every database

use optlock_tests::blocking::prelude;

#[path = "../races"]
mod sqlite {
    use on_sqlite::SETTINGS;
    use optlock_tests::blocking::sqlite::*;

    #[macro_use]
    mod race;
    mod on_sqlite;
}

#[path = "../races"]
mod postgres {
    use on_postgres::SETTINGS;
    use optlock_tests::blocking::postgres::*;

    #[macro_use]
    mod race;
    mod on_postgres;
}

#[path = "../races"]
mod mysql {
    use on_mysql::SETTINGS;
    use optlock_tests::blocking::mysql::*;

    #[macro_use]
    mod race;
    mod on_mysql;
}
