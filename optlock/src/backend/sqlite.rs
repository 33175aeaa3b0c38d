//! SQLite. Result codes: <https://www.sqlite.org/rescode.html>

use super::{Meaning, Message};

/// `SQLITE_BUSY` (5) and `SQLITE_BUSY_SNAPSHOT` (517) have one message, so a conflict is not told
/// from a lock: both are worth a retry of the whole transaction.
pub(super) const MESSAGES: &[Message] = &[
    Message {
        text: "database is locked",
        meaning: Meaning::Transient,
    },
    // SQLITE_LOCKED (6) and SQLITE_LOCKED_SHAREDCACHE (262)
    Message {
        text: "database table is locked",
        meaning: Meaning::Transient,
    },
];

#[cfg(feature = "sqlite")]
impl super::Dialect for diesel::sqlite::Sqlite {
    // A statement that changed no row still holds the write lock, and nobody else can write.
    const PLAIN_READ_MAY_BE_OLD: bool = false;

    // A COMMIT without a transaction fails.
    const TRANSACTION_CHECK: super::TransactionCheck = super::TransactionCheck::NotNeeded;

    fn walk_share_lock(
        _out: diesel::query_builder::AstPass<'_, '_, Self>,
    ) -> diesel::QueryResult<()> {
        Ok(())
    }
}
