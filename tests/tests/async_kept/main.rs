//! `../prepared`, `../statement_ids` and `../lost_connection` on async connections.
//!
//! Of the last one not what is said of a loss (`kinds.rs`, `messages.rs`): these are libpq's and libmariadb's words, and
//! those of the async drivers are in `../async_errors`. No enum of connections, which diesel-async does not have.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

use optlock_tests::blocking::prelude;

#[path = "../statement_ids/models.rs"]
mod models;
#[path = "../statement_ids/state.rs"]
mod state;

#[path = "../prepared"]
mod prepared_on_sqlite {
    use optlock_tests::blocking::sqlite::*;

    mod cases;
    mod trace;
}

#[path = "../prepared"]
mod prepared_on_postgres {
    use optlock_tests::blocking::postgres::*;

    mod cases;
    mod trace;
}

#[path = "../prepared"]
mod prepared_on_mysql {
    use optlock_tests::blocking::mysql::*;

    mod cases;
    mod trace;
}

#[path = "../statement_ids"]
mod statement_ids_on_sqlite {
    use optlock_tests::blocking::sqlite::*;

    mod cases;
    mod samples;
}

#[path = "../statement_ids"]
mod statement_ids_on_postgres {
    use optlock_tests::blocking::postgres::*;

    mod cases;
    mod samples;
}

#[path = "../statement_ids"]
mod statement_ids_on_mysql {
    use optlock_tests::blocking::mysql::*;

    mod cases;
    mod samples;
}

#[path = "../lost_connection"]
mod lost_connection_on_postgres {
    use optlock_tests::blocking::postgres::*;

    mod attempts;
    mod cases;
    mod chunks;
    mod inserts;
    mod key_panics;
    mod loss;
    mod writes;
}

#[path = "../lost_connection"]
mod lost_connection_on_mysql {
    use optlock_tests::blocking::mysql::*;

    mod attempts;
    mod cases;
    mod chunks;
    mod inserts;
    mod key_panics;
    mod loss;
    mod writes;
}
