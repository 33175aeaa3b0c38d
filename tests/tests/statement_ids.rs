//! Two statements with different texts never share an id: Diesel would run the one that it prepared
//! first, and return `Ok`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

#[path = "statement_ids/models.rs"]
mod models;
#[cfg(debug_assertions)]
#[path = "statement_ids/net.rs"]
mod net;
#[path = "statement_ids/state.rs"]
mod state;

#[path = "statement_ids"]
mod sqlite {
    use optlock_tests::sqlite::{Conn, Scratch};

    mod cases;
}

#[path = "statement_ids"]
mod postgres {
    use optlock_tests::postgres::{Conn, Scratch};

    mod cases;
}

#[path = "statement_ids"]
mod mysql {
    use optlock_tests::mysql::{Conn, Scratch};

    mod cases;
}
