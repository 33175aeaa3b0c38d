//! PostgreSQL. Error codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use super::{Meaning, Message};

/// Diesel names 40001 `SerializationFailure`, and a lost connection `ClosedConnection` or
/// `UnableToSendCommand`.
pub(super) const MESSAGES: &[Message] = &[
    // 40P01 deadlock_detected
    Message {
        text: "deadlock detected",
        meaning: Meaning::Transient,
    },
    // 55P03 lock_not_available: lock_timeout, and NOWAIT
    Message {
        text: "canceling statement due to lock timeout",
        meaning: Meaning::Transient,
    },
    Message {
        text: "could not obtain lock on row",
        meaning: Meaning::Transient,
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

    fn walk_share_lock(
        _out: diesel::query_builder::AstPass<'_, '_, Self>,
    ) -> diesel::QueryResult<()> {
        Ok(())
    }
}
