//! Each statement is prepared once a connection, however often it runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database, and through an enum of connections

use optlock_tests::any::AnyConnection;

/// What a server says of the statements of a connection that are prepared and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    statements: i64,
    /// How often one of them ran.
    uses: i64,
}

impl std::ops::Sub for Kept {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            uses: self.uses - before.uses,
        }
    }
}

/// SQLite prepares in the process: there is no server to ask.
#[path = "prepared"]
mod sqlite {
    use super::Kept;
    use optlock_tests::sqlite::{Conn, Scratch};

    mod cases;

    /// The single `UPDATE`.
    const BATCH_TEXTS: i64 = 1;

    pub(super) fn kept(_conn: &mut Conn) -> Option<Kept> {
        None
    }
}

#[path = "prepared"]
mod postgres {
    use super::Kept;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use optlock_tests::postgres::{Conn, Scratch};

    mod cases;

    /// One for any number of rows.
    const BATCH_TEXTS: i64 = 1;

    /// The query itself is not kept: Diesel does not cache `sql`.
    pub(super) fn kept(conn: &mut Conn) -> Option<Kept> {
        let (statements, uses) = diesel::select((
            sql::<BigInt>("(SELECT count(*) FROM pg_prepared_statements)"),
            sql::<BigInt>("(SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements)"),
        ))
        .get_result(conn)
        .unwrap();
        Some(Kept { statements, uses })
    }
}

#[path = "prepared"]
mod mysql {
    use super::Kept;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use optlock_tests::mysql::{Conn, Scratch};

    mod cases;

    /// Each has the length of its batch.
    const BATCH_TEXTS: i64 = 0;

    /// MariaDB counts what it did. A statement that is not kept is prepared, run once and closed,
    /// this query too.
    pub(super) fn kept(conn: &mut Conn) -> Option<Kept> {
        let less_closed = |counted: &str| {
            format!(
                "(SELECT CAST(SUM(CASE VARIABLE_NAME WHEN '{counted}' THEN VARIABLE_VALUE WHEN 'COM_STMT_CLOSE' THEN -VARIABLE_VALUE END) AS SIGNED) \
                 FROM information_schema.SESSION_STATUS)"
            )
        };
        let (statements, uses) = diesel::select((
            sql::<BigInt>(&less_closed("COM_STMT_PREPARE")),
            sql::<BigInt>(&less_closed("COM_STMT_EXECUTE")),
        ))
        .get_result(conn)
        .unwrap();
        Some(Kept { statements, uses })
    }
}

#[path = "prepared"]
mod any_sqlite {
    use super::{AnyConnection as Conn, Kept};
    use optlock_tests::sqlite::Scratch;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const BATCH_TEXTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Sqlite(conn) = conn else {
            panic!("not SQLite")
        };
        super::sqlite::kept(conn)
    }
}

#[path = "prepared"]
mod any_postgres {
    use super::{AnyConnection as Conn, Kept};
    use optlock_tests::postgres::Scratch;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const BATCH_TEXTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Postgres(conn) = conn else {
            panic!("not PostgreSQL")
        };
        super::postgres::kept(conn)
    }
}

#[path = "prepared"]
mod any_mysql {
    use super::{AnyConnection as Conn, Kept};
    use optlock_tests::mysql::Scratch;

    mod cases;

    /// One that tells which database it is, and the single `UPDATE`.
    const BATCH_TEXTS: i64 = 2;

    fn kept(conn: &mut Conn) -> Option<Kept> {
        let Conn::Mysql(conn) = conn else {
            panic!("not MariaDB")
        };
        super::mysql::kept(conn)
    }
}
