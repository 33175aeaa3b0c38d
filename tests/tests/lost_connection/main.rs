//! What a caller learns when the connection is lost, and what has become of the row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on both servers

use optlock_tests::prelude;

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;

    mod attempts;
    mod cases;
    mod chunks;
    mod generated;
    mod inserts;
    mod key_panics;
    mod kinds;
    mod leases;
    mod loss;
    mod writes;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;

    mod attempts;
    mod cases;
    mod chunks;
    mod generated;
    mod inserts;
    mod key_panics;
    mod leases;
    mod loss;
    mod messages;
    mod release;
    mod writes;
}
