//! Two statements with different texts never share an id: Diesel would run the one that it prepared
//! first, and return `Ok`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

mod models;
#[cfg(debug_assertions)]
mod net;
mod state;

use optlock_tests::prelude;

#[path = "."]
mod sqlite {
    use optlock_tests::sqlite::*;

    mod cases;
    mod samples;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;

    mod cases;
    mod samples;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;

    mod cases;
    mod samples;
}
