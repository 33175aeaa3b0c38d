//! MySQL and MariaDB. Error numbers: <https://mariadb.com/kb/en/mariadb-error-code-reference/>,
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/>

use super::{Meaning, Message};

/// Diesel names 1213 `SerializationFailure`, but only where a prepared statement fails.
pub(super) const MESSAGES: &[Message] = &[
    // 1020 ER_CHECKREAD, with innodb_snapshot_isolation=ON: the whole transaction is rolled back
    Message {
        text: "Record has changed since last read in table",
        meaning: Meaning::Conflict,
    },
    // 1213 ER_LOCK_DEADLOCK from COMMIT, where Galera reports that another node's write came first
    Message {
        text: "Deadlock found when trying to get lock",
        meaning: Meaning::Conflict,
    },
    // 1205 ER_LOCK_WAIT_TIMEOUT: of innodb_lock_wait_timeout, NOWAIT and WAIT
    Message {
        text: "Lock wait timeout exceeded",
        meaning: Meaning::Transient,
    },
    // 2006 CR_SERVER_GONE_ERROR, 2013 CR_SERVER_LOST: libmariadb's and libmysqlclient's words
    Message {
        text: "Server has gone away",
        meaning: Meaning::ConnectionLost,
    },
    Message {
        text: "MySQL server has gone away",
        meaning: Meaning::ConnectionLost,
    },
    Message {
        text: "Lost connection to server",
        meaning: Meaning::ConnectionLost,
    },
    Message {
        text: "Lost connection to MySQL server",
        meaning: Meaning::ConnectionLost,
    },
    // 1927 ER_CONNECTION_KILLED (MariaDB)
    Message {
        text: "Connection was killed",
        meaning: Meaning::ConnectionLost,
    },
];

#[cfg(feature = "mysql")]
impl super::Dialect for diesel::mysql::Mysql {
    // At REPEATABLE READ the plain read shows the row as it was when the transaction first read,
    // even if it is deleted by now.
    const PLAIN_READ_MAY_BE_OLD: bool = true;

    // After 1213 and 1020 there is no transaction, and each statement commits by itself.
    const TRANSACTION_CHECK: super::TransactionCheck = super::TransactionCheck::Savepoint;

    fn walk_share_lock(
        mut out: diesel::query_builder::AstPass<'_, '_, Self>,
    ) -> diesel::QueryResult<()> {
        // MariaDB has no FOR SHARE, MySQL knows both.
        out.push_sql(" LOCK IN SHARE MODE");
        Ok(())
    }
}
