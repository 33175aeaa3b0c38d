//! A retry that has lost twice locks what it has lost: with two real connections, on each database that locks rows,
//! on blocking and on async connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;
    use optlock_tests::prelude;

    mod cases;
    mod contact;
    mod on_postgres;
    mod third;
}

#[path = "."]
mod mysql {
    use optlock_tests::any::AnyConnection;
    use optlock_tests::mysql::*;
    use optlock_tests::prelude;

    mod cases;
    mod contact;
    mod on_mysql;
    mod third;
}

#[path = "."]
mod async_postgres {
    use optlock_tests::blocking::postgres::*;
    use optlock_tests::blocking::prelude;

    mod cases;
    mod contact;
    mod dropped;
    mod on_postgres;
    mod third;
}

#[path = "."]
mod async_mysql {
    use optlock_tests::blocking::mysql::*;
    use optlock_tests::blocking::prelude;

    mod cases;
    mod contact;
    mod on_mysql;
    mod third;
}
