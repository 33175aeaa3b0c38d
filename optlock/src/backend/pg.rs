//! PostgreSQL. Error codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>

#[cfg(feature = "postgres")]
use super::Phrase;
use super::{ErrorClass, Message};
#[cfg(feature = "postgres")]
use diesel::query_builder::{AstPass, QueryFragment as _};
#[cfg(feature = "postgres")]
use diesel::result::QueryResult;

/// Diesel names 40001 `SerializationFailure`, and a lost connection `ClosedConnection` or
/// `UnableToSendCommand`.
pub(super) const MESSAGES: &[Message] = &[
    // 40P01 deadlock_detected
    Message {
        text: "deadlock detected",
        class: ErrorClass::Transient,
    },
    // 55P03 lock_not_available: lock_timeout, and NOWAIT
    Message {
        text: "canceling statement due to lock timeout",
        class: ErrorClass::Transient,
    },
    Message {
        text: "could not obtain lock on row",
        class: ErrorClass::Transient,
    },
    Message {
        text: "could not obtain lock on relation",
        class: ErrorClass::Transient,
    },
    // 57P01 admin_shutdown, 57P05 idle_session_timeout, 25P03 idle_in_transaction_session_timeout: diesel-async
    // has no kind for it where it ends a statement that runs
    Message {
        text: "terminating connection",
        class: ErrorClass::ConnectionLost,
    },
];

#[cfg(feature = "postgres")]
impl super::Dialect for diesel::pg::Pg {
    // An UPDATE that meets a newer row than its snapshot fails with 40001 instead. A locking read
    // would deadlock two losers, wait for a third writer, and need a privilege that the role
    // may lack.
    const PLAIN_READ_MAY_BE_OLD: bool = false;

    // After an error COMMIT answers `ROLLBACK`, without an error; any other statement answers
    // 25P02.
    const TRANSACTION_CHECK: super::TransactionCheck = super::TransactionCheck::Statement;

    const DATABASE: Option<super::Database> = Some(super::Database::Postgres);

    const CONVERTS_ROWS: bool = false;

    const RETURNS_WRITTEN: bool = true;

    // 4713 BC. <https://www.postgresql.org/docs/current/datatype-datetime.html>
    const FIRST_YEAR: Option<i32> = Some(-4712);

    fn instance() -> Option<Self> {
        Some(Self)
    }

    const LOCKS_BY_WRITING: bool = false;

    fn walk_phrase<'b>(phrase: &'b Phrase, out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        phrase.walk_ast(out)
    }
}

#[cfg(feature = "postgres")]
pub(super) fn spell(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::ShareLock | Phrase::UpdateLock => "",
        // FOR UPDATE would make the foreign key of each new child row wait.
        // <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS>
        Phrase::ExclusiveLock => " FOR NO KEY UPDATE",
        Phrase::DeletionLock => " FOR UPDATE",
        Phrase::NoWriteLock => "SELECT 1 WHERE false -- ",
        // The sum of integers, or its assignment, is out of range.
        Phrase::Overflow => "1",
        // <https://www.postgresql.org/docs/current/functions-comparison.html>
        Phrase::NullSafeEqual => " IS NOT DISTINCT FROM ",
        // <https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT>
        Phrase::Clock => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        Phrase::ClockAtStart => {
            "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)"
        }
        Phrase::Least => "LEAST",
        // Which table a name means depends on the `search_path`.
        Phrase::TableNameStart => {
            "(SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = pg_catalog.to_regclass("
        }
        Phrase::TableNameEnd => "))",
        Phrase::UnlessThere => " ON CONFLICT DO NOTHING",
        Phrase::InsertInto => "INSERT INTO ",
        // <https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT>
        Phrase::UnlessTaken => " ON CONFLICT DO NOTHING",
        // Nothing moves a condition into a materialized query, so that the clock is read behind the lock.
        // <https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION>
        Phrase::LeaseStart => {
            "WITH optlock_lease AS MATERIALIZED (SELECT expires_at FROM optlock_leases"
        }
        Phrase::LeaseEnd => {
            " FOR SHARE) SELECT 1 FROM optlock_lease \
             WHERE expires_at > CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
        }
    }
}
