//! MySQL and MariaDB. Error numbers: <https://mariadb.com/kb/en/mariadb-error-code-reference/>,
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/>

#[cfg(feature = "mysql")]
use super::Phrase;
use super::{ErrorClass, Message};
#[cfg(feature = "mysql")]
use diesel::query_builder::{AstPass, QueryFragment as _};
#[cfg(feature = "mysql")]
use diesel::result::QueryResult;
use std::any::{Any, TypeId};

/// Diesel names 1213 `SerializationFailure`, but only where a prepared statement fails.
pub(super) const MESSAGES: &[Message] = &[
    // 1020 ER_CHECKREAD, with innodb_snapshot_isolation=ON: the whole transaction is rolled back
    Message {
        text: "Record has changed since last read in table",
        class: ErrorClass::Conflict,
    },
    // 1213 ER_LOCK_DEADLOCK from COMMIT, where Galera reports that another node's write came first
    Message {
        text: "Deadlock found when trying to get lock",
        class: ErrorClass::Conflict,
    },
    // 1205 ER_LOCK_WAIT_TIMEOUT: of innodb_lock_wait_timeout, NOWAIT and WAIT
    Message {
        text: "Lock wait timeout exceeded",
        class: ErrorClass::Transient,
    },
    // 1047 ER_UNKNOWN_COM_ERROR of a Galera node that has lost its cluster, or is not in it yet: nothing was executed
    Message {
        text: "WSREP has not yet prepared node for application use",
        class: ErrorClass::Transient,
    },
    // 1180 ER_ERROR_DURING_COMMIT of a Galera node that is cut off from its cluster at a COMMIT: the others may have
    // received the write before, and commit it. To the client that is a lost connection, although it still has one.
    // In MariaDB 10.11's words; `fails_at_commit` has those of other versions.
    Message {
        text: "Error while appending streaming replication fragment",
        class: ErrorClass::ConnectionLost,
    },
    // 2006 CR_SERVER_GONE_ERROR, 2013 CR_SERVER_LOST: libmariadb's and libmysqlclient's words
    Message {
        text: "Server has gone away",
        class: ErrorClass::ConnectionLost,
    },
    Message {
        text: "MySQL server has gone away",
        class: ErrorClass::ConnectionLost,
    },
    Message {
        text: "Lost connection to server",
        class: ErrorClass::ConnectionLost,
    },
    Message {
        text: "Lost connection to MySQL server",
        class: ErrorClass::ConnectionLost,
    },
    // 2026 CR_SSL_CONNECTION_ERROR, of libmariadb when an encrypted connection breaks off
    Message {
        text: "TLS/SSL error",
        class: ErrorClass::ConnectionLost,
    },
    // 1927 ER_CONNECTION_KILLED (MariaDB)
    Message {
        text: "Connection was killed",
        class: ErrorClass::ConnectionLost,
    },
    // mysql_async's word for it, and for an answer that is not that of the statement
    Message {
        text: "Input/output error: ",
        class: ErrorClass::ConnectionLost,
    },
];

/// Is it 1180 ER_ERROR_DURING_COMMIT, "Got error 6 .. during COMMIT"? Nobody knows whether the transaction has landed.
pub(super) fn fails_at_commit(message: &str) -> bool {
    message.starts_with("Got error ") && message.contains("during COMMIT")
}

#[cfg(feature = "mysql")]
impl super::Dialect for diesel::mysql::Mysql {
    // At REPEATABLE READ the plain read shows the row as it was when the transaction first read,
    // even if it is deleted by now.
    const PLAIN_READ_MAY_BE_OLD: bool = true;

    // After 1213 and 1020 there is no transaction, and each statement commits by itself.
    const TRANSACTION_CHECK: super::TransactionCheck = super::TransactionCheck::Savepoint;

    const DATABASE: Option<super::Database> = Some(super::Database::Mysql);

    fn instance() -> Option<Self> {
        Some(Self)
    }

    const LOCKS_BY_WRITING: bool = false;

    const LOSES_STEP: bool = true;

    // Without CLIENT_FOUND_ROWS, which Diesel sets, and diesel-async on the connections that it opens itself.
    // <https://dev.mysql.com/doc/c-api/8.4/en/mysql-affected-rows.html>
    const MAY_COUNT_CHANGES: bool = true;

    fn walk_phrase<'b>(phrase: &'b Phrase, out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        phrase.walk_ast(out)
    }

    fn keeps(sql_type: TypeId, value: &dyn Any) -> bool {
        keeps(sql_type, value)
    }
}

#[cfg(feature = "mysql")]
pub(super) fn spell(phrase: Phrase) -> &'static str {
    match phrase {
        // MariaDB has no FOR SHARE, MySQL knows both.
        Phrase::ShareLock => " LOCK IN SHARE MODE",
        // It has no result set that had to be read.
        Phrase::NoWriteLock => "DO 1 -- ",
        Phrase::UpdateLock | Phrase::ExclusiveLock | Phrase::DeletionLock => " FOR UPDATE",
        // The largest integer there is: the sum is out of range under each sql_mode, where the
        // column would only clip it or turn NULL into 0.
        // <https://dev.mysql.com/doc/refman/8.4/en/out-of-range-and-overflow.html>
        Phrase::Overflow => "~0",
        // <https://dev.mysql.com/doc/refman/8.4/en/comparison-operators.html#operator_equal-to>
        Phrase::NullSafeEqual => " <=> ",
        // SYSDATE(6) alone moves within a statement, and is of the session's time zone. In the hour that is there twice
        // it seems to go back, and the clock pauses.
        // <https://mariadb.com/kb/en/sysdate/>
        Phrase::Clock => {
            "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) + \
             CAST(GREATEST(0, UNIX_TIMESTAMP(SYSDATE(6)) - UNIX_TIMESTAMP(NOW(6))) * 1000000 AS SIGNED))"
        }
        Phrase::ClockAtStart => "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))",
        Phrase::Least => "LEAST",
        // The last two parts of `database`.`name`, or of `database`.`schema`.`name`. No subquery: a locking read by a key of
        // constants finds its row before it sends an answer, and what it then fails by is an error of the statement. Behind
        // the beginning of an answer, libmariadb would wait for the rest when Diesel executes the kept statement again.
        Phrase::TableNameStart => {
            "CONCAT('`', TRIM(LEADING '`' FROM SUBSTRING_INDEX(CONCAT('`', \
             COALESCE(REPLACE(DATABASE(), '`', '``'), ''), '`.', "
        }
        Phrase::TableNameEnd => "), '`.`', -2)))",
        // INSERT IGNORE would turn other errors into warnings.
        Phrase::UnlessThere => " ON DUPLICATE KEY UPDATE row_hash = row_hash",
        Phrase::InsertInto => "INSERT INTO ",
        // INSERT IGNORE would turn other errors into warnings, and ON DUPLICATE KEY UPDATE writes to a row whose other unique
        // value is taken.
        Phrase::UnlessTaken => "",
        Phrase::LeaseStart => "SELECT 1 FROM optlock_leases",
        // The optimizer would decide whether it is asked before the lock of the model's row is waited for.
        Phrase::LeaseEnd => "",
    }
}

/// What a `TIMESTAMP` and a `DATETIME` hold. Beyond, the server stores the present time, NULL or a
/// zero date instead of an error.
/// <https://dev.mysql.com/doc/refman/8.4/en/datetime.html>
///
/// (MariaDB's `TIMESTAMP` goes on to 2106 from 11.5 on, which is not used.)
pub fn keeps(sql_type: TypeId, value: &dyn Any) -> bool {
    #[cfg(feature = "chrono")]
    if let Some(time) = value.downcast_ref::<chrono::NaiveDateTime>() {
        const TIMESTAMP_ENDS: i64 = 1 << 31; // 2038-01-19 03:14:08
        const DATETIME_ENDS: i64 = 253_402_300_800; // the year 10000
        let end = if is::<diesel::sql_types::Timestamp>(sql_type) {
            TIMESTAMP_ENDS
        } else {
            DATETIME_ENDS
        };
        return time.and_utc().timestamp() < end;
    }
    let _ = (sql_type, value);
    true
}

#[cfg(feature = "chrono")]
fn is<T: diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>>(
    sql_type: TypeId,
) -> bool {
    sql_type == TypeId::of::<T>() || sql_type == TypeId::of::<diesel::sql_types::Nullable<T>>()
}
