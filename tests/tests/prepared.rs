//! Each statement is prepared once a connection, however often it runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database, and through an enum of connections

use optlock_tests::any::AnyConnection;

#[path = "prepared"]
mod sqlite {
    use optlock_tests::sqlite::{CAPABILITIES, Conn, Scratch, kept};

    mod cases;

    const KEPT_BATCH_STATEMENTS: i64 = CAPABILITIES.kept_batch_statements;
}

#[path = "prepared"]
mod postgres {
    use optlock_tests::postgres::{CAPABILITIES, Conn, Scratch, kept};

    mod cases;

    const KEPT_BATCH_STATEMENTS: i64 = CAPABILITIES.kept_batch_statements;
}

#[path = "prepared"]
mod mysql {
    use optlock_tests::mysql::{CAPABILITIES, Conn, Scratch, kept};

    mod cases;

    const KEPT_BATCH_STATEMENTS: i64 = CAPABILITIES.kept_batch_statements;
}

#[path = "prepared"]
mod any_sqlite {
    use super::AnyConnection as Conn;
    use optlock_tests::prepared::Kept;
    use optlock_tests::sqlite::Scratch;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const KEPT_BATCH_STATEMENTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Sqlite(conn) = conn else {
            panic!("another database")
        };
        optlock_tests::sqlite::kept(conn)
    }
}

#[path = "prepared"]
mod any_postgres {
    use super::AnyConnection as Conn;
    use optlock_tests::postgres::Scratch;
    use optlock_tests::prepared::Kept;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const KEPT_BATCH_STATEMENTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Postgres(conn) = conn else {
            panic!("another database")
        };
        optlock_tests::postgres::kept(conn)
    }
}

#[path = "prepared"]
mod any_mysql {
    use super::AnyConnection as Conn;
    use optlock_tests::mysql::Scratch;
    use optlock_tests::prepared::Kept;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const KEPT_BATCH_STATEMENTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Mysql(conn) = conn else {
            panic!("another database")
        };
        optlock_tests::mysql::kept(conn)
    }
}
