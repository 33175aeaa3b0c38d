//! What a caller learns when the connection is lost, and what has become of the row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on both servers

#[path = "lost_connection"]
mod postgres {
    use optlock_tests::postgres::*;

    mod cases;
    mod kinds;
}

#[path = "lost_connection"]
mod mysql {
    use optlock_tests::mysql::*;

    mod cases;
    mod messages;
}
