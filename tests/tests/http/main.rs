//! Writes with an `If-Match`, on each database and its async connection.
//!
//! `cases.rs` has what one client and another one do in turn, `races.rs` what they do at once, and
//! `dropped.rs` what a future that is dropped leaves in memory. `applied.rs` asks no database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

mod applied;
#[path = "../cancellation/cut.rs"]
#[allow(dead_code)] // a part of it is for other tests
mod cut;
mod requests;

#[path = "."]
mod sqlite {
    use optlock_tests::prelude;
    use optlock_tests::sqlite::*;

    mod cases;
    mod races;
    mod tokens;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;
    use optlock_tests::prelude;

    mod cases;
    mod races;
    mod tokens;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;
    use optlock_tests::prelude;

    mod cases;
    mod races;
    mod tokens;
}

#[path = "."]
mod async_sqlite {
    use optlock_tests::blocking::prelude;
    use optlock_tests::blocking::sqlite::*;

    type Plain = optlock_tests::sqlite::Scratch;

    mod cases;
    mod dropped;
    mod races;
    mod tokens;
}

#[path = "."]
mod async_postgres {
    use optlock_tests::blocking::postgres::*;
    use optlock_tests::blocking::prelude;

    type Plain = optlock_tests::postgres::Scratch;

    mod cases;
    mod dropped;
    mod races;
    mod tokens;
}

#[path = "."]
mod async_mysql {
    use optlock_tests::blocking::mysql::*;
    use optlock_tests::blocking::prelude;

    type Plain = optlock_tests::mysql::Scratch;

    mod cases;
    mod dropped;
    mod races;
    mod tokens;
}
