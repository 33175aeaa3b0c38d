//! Each statement is prepared once a connection, however often it runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database, and through an enum of connections

use optlock_tests::capabilities::Capabilities;
use optlock_tests::prelude;

#[path = "."]
mod sqlite {
    use optlock_tests::sqlite::*;

    mod cases;
    mod trace;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;

    mod cases;
    mod trace;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;

    mod cases;
    mod trace;
}

/// An enum of connections keeps two: one that asks which database it holds, and the single `UPDATE`.
const fn through_an_enum(capabilities: Capabilities) -> Capabilities {
    Capabilities {
        kept_batch_statements: 2,
        ..capabilities
    }
}

#[path = "."]
mod any_sqlite {
    use super::{Capabilities, through_an_enum};
    use optlock_tests::any::{AnyConnection as Conn, kept};
    use optlock_tests::sqlite::{self, Scratch};

    mod cases;
    mod trace;

    const CAPABILITIES: Capabilities = through_an_enum(sqlite::CAPABILITIES);
}

#[path = "."]
mod any_postgres {
    use super::{Capabilities, through_an_enum};
    use optlock_tests::any::{AnyConnection as Conn, kept};
    use optlock_tests::postgres::{self, Scratch};

    mod cases;
    mod trace;

    const CAPABILITIES: Capabilities = through_an_enum(postgres::CAPABILITIES);
}

#[path = "."]
mod any_mysql {
    use super::{Capabilities, through_an_enum};
    use optlock_tests::any::{AnyConnection as Conn, kept};
    use optlock_tests::mysql::{self, Scratch};

    mod cases;
    mod trace;

    const CAPABILITIES: Capabilities = through_an_enum(mysql::CAPABILITIES);
}
