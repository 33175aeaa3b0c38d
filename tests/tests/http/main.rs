//! Writes with an `If-Match`, on each database and its async connection.
//!
//! `cases.rs` has what one client and another one do in turn, `transactions.rs` what a transaction holds and gives up,
//! `races.rs` what clients do at once, `made_up.rs` versions that no row has, and `dropped.rs` what a future that is
//! dropped leaves in memory. `applied.rs` asks no database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

mod applied;
#[path = "../cancellation/cut.rs"]
#[allow(dead_code)] // a part of it is for other tests
mod cut;
mod requests;
mod revision;

#[path = "."]
mod sqlite {
    use optlock_tests::prelude;
    use optlock_tests::sqlite::*;

    mod cases;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;
    use optlock_tests::prelude;

    mod cases;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;
    use optlock_tests::prelude;

    mod cases;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}

#[path = "."]
mod async_sqlite {
    use optlock_tests::blocking::prelude;
    use optlock_tests::blocking::sqlite::*;

    type Plain = optlock_tests::sqlite::Scratch;

    mod cases;
    mod dropped;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}

#[path = "."]
mod async_postgres {
    use optlock_tests::blocking::postgres::*;
    use optlock_tests::blocking::prelude;

    type Plain = optlock_tests::postgres::Scratch;

    mod cases;
    mod dropped;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}

#[path = "."]
mod async_mysql {
    use optlock_tests::blocking::mysql::*;
    use optlock_tests::blocking::prelude;

    type Plain = optlock_tests::mysql::Scratch;

    mod cases;
    mod dropped;
    mod made_up;
    mod races;
    mod tokens;
    mod transactions;
}
