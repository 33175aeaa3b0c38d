//! SQLite. Result codes: <https://www.sqlite.org/rescode.html>

#[cfg(feature = "sqlite")]
use super::Phrase;
use super::{ErrorClass, Message};
#[cfg(feature = "sqlite")]
use diesel::query_builder::{AstPass, QueryFragment as _};
#[cfg(feature = "sqlite")]
use diesel::result::QueryResult;

/// `SQLITE_BUSY` (5) and `SQLITE_BUSY_SNAPSHOT` (517) have one message, so a conflict is not told
/// from a lock: both are worth a retry of the whole transaction.
pub(super) const MESSAGES: &[Message] = &[
    Message {
        text: "database is locked",
        class: ErrorClass::Transient,
    },
    // SQLITE_LOCKED (6) and SQLITE_LOCKED_SHAREDCACHE (262)
    Message {
        text: "database table is locked",
        class: ErrorClass::Transient,
    },
    // The same of the table of tables, while a connection with the same cache changes it
    Message {
        text: "database schema is locked",
        class: ErrorClass::Transient,
    },
];

#[cfg(feature = "sqlite")]
impl super::Dialect for diesel::sqlite::Sqlite {
    // A statement that changed no row still holds the write lock, and nobody else can write.
    const PLAIN_READ_MAY_BE_OLD: bool = false;

    // A COMMIT without a transaction fails.
    const TRANSACTION_CHECK: super::TransactionCheck = super::TransactionCheck::NotNeeded;

    const DATABASE: Option<super::Database> = Some(super::Database::Sqlite);

    const CONVERTS_ROWS: bool = false;

    fn instance() -> Option<Self> {
        Some(Self)
    }

    const LOCKS_ROWS: bool = false;

    const LOCKS_BY_WRITING: bool = true;

    fn walk_phrase<'b>(phrase: &'b Phrase, out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        phrase.walk_ast(out)
    }
}

#[cfg(feature = "sqlite")]
pub(super) fn spell(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::ShareLock
        | Phrase::UpdateLock
        | Phrase::ExclusiveLock
        | Phrase::DeletionLock
        | Phrase::NoWriteLock => "",
        // The sum would be a float. The one integer without an absolute value is an error.
        // <https://www.sqlite.org/lang_corefunc.html#abs>
        Phrase::Overflow => "abs(-9223372036854775807 - 1)",
        // <https://www.sqlite.org/lang_expr.html#the_is_and_is_not_operators>
        Phrase::NullSafeEqual => " IS ",
        // Whole milliseconds, once for each statement. `unixepoch('subsec')` is younger than Debian's SQLite.
        // <https://www.sqlite.org/lang_datefunc.html>
        Phrase::Clock | Phrase::ClockAtStart => {
            "(CAST(strftime('%s', 'now') AS INTEGER) * 1000000 \
             + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)"
        }
        Phrase::Least => "min",
        // Upper and lower case are one to it.
        Phrase::TableNameStart => "replace(lower(",
        Phrase::TableNameEnd => "), '`main`.', '')",
        Phrase::UnlessThere => " ON CONFLICT DO NOTHING",
        // A constraint with ON CONFLICT REPLACE would delete the row that is there.
        // <https://www.sqlite.org/lang_conflict.html>
        Phrase::InsertInto => "INSERT OR ABORT INTO ",
        Phrase::UnlessTaken => "",
        Phrase::LeaseStart => "SELECT 1 FROM optlock_leases",
        Phrase::LeaseEnd => {
            " AND expires_at > (CAST(strftime('%s', 'now') AS INTEGER) * 1000000 \
             + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)"
        }
    }
}
