//! What differs between the databases: how the newest row is read, and what their errors mean.

mod catalogue;
mod connection;
mod database;
#[cfg(feature = "lease")]
mod leases;
mod mysql;
mod own_words;
mod pg;
mod sqlite;

#[doc(hidden)]
pub use catalogue::{CatalogueBackend, CatalogueColumns, CatalogueTypes};
pub use connection::{DieselConnection, TransactionConnection};
pub use database::Database;
#[doc(hidden)]
pub use database::DatabaseProbe;
#[cfg(feature = "lease")]
#[doc(hidden)]
pub use leases::{LeaseBackend, LeaseColumns, LeaseTypes};
#[doc(hidden)]
pub use mysql::keeps as mysql_keeps;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use std::any::{Any, TypeId};

/// A database that optlock knows: SQLite, PostgreSQL, MySQL and MariaDB, and the enum of
/// `#[derive(MultiConnection)]` through [`multi_connection!`](crate::multi_connection).
#[diagnostic::on_unimplemented(
    message = "optlock does not know the database `{Self}`",
    label = "unknown to optlock",
    note = "enable optlock's feature `sqlite`, `postgres` or `mysql`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it"
)]
pub trait Dialect: Backend<QueryBuilder: 'static> + 'static {
    /// Inside a transaction a plain `SELECT` may show an older row than the one that an `UPDATE`
    /// meets. There the row that a write missed is read with a lock.
    const PLAIN_READ_MAY_BE_OLD: bool;

    /// How a transaction finds out, before its COMMIT, that the database has given it up.
    const TRANSACTION_CHECK: TransactionCheck;

    /// The database, or `None` if it is known at run time only.
    const DATABASE: Option<Database>;

    /// The backend itself, or `None` of an enum, whose variants are not known here.
    #[doc(hidden)]
    fn instance() -> Option<Self> {
        None
    }

    /// Writes a statement that does nothing, and stores the database in `probe`.
    #[doc(hidden)]
    fn walk_probe<'b>(probe: &'b DatabaseProbe, out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        probe.walk(Self::DATABASE, out)
    }

    /// Rows can be locked. False only where it is known that they cannot: so what locks them is not compiled
    /// for such a database.
    const LOCKS_ROWS: bool = true;

    /// The database has no row locks: its first write locks all of it. Also true of an enum of
    /// connections, which may hold such a database.
    const LOCKS_BY_WRITING: bool;

    /// A blocking connection converts each column of a row into the type that the query expects. False only where
    /// it is known that it returns the columns as they are.
    #[doc(hidden)]
    const CONVERTS_ROWS: bool = true;

    /// A connection whose answer was not waited for, because a future was dropped, takes it for that of the next
    /// statement.
    #[doc(hidden)]
    const LOSES_STEP: bool = false;

    /// An `UPDATE .. RETURNING` returns the row as its triggers have left it.
    #[doc(hidden)]
    const RETURNS_WRITTEN: bool = false;

    /// A connection may count the rows that an `UPDATE` changes, and not those that it matches.
    #[doc(hidden)]
    const MAY_COUNT_CHANGES: bool = false;

    /// The year in which the times of the database begin. It answers an earlier one with an error, which ends a
    /// transaction of PostgreSQL.
    #[doc(hidden)]
    const FIRST_YEAR: Option<i32> = None;

    /// Writes a piece of SQL as this database spells it.
    fn walk_phrase<'b>(phrase: &'b Phrase, out: AstPass<'_, 'b, Self>) -> QueryResult<()>;

    /// Does a column of that SQL type keep that value? False only where the database itself does not
    /// check: MariaDB turns a timestamp that is out of range into another one, or into NULL, without
    /// an error.
    fn keeps(_sql_type: TypeId, _value: &dyn Any) -> bool {
        true
    }
}

/// Can the database `DB` be sent that value?
#[cfg(feature = "http")]
pub(crate) fn can_send<DB: Dialect>(value: &dyn Any) -> bool {
    let Some(first) = DB::FIRST_YEAR else {
        return true;
    };
    year_of(value).is_none_or(|year| year >= first)
}

/// The year, if the value is a timestamp.
#[cfg(all(feature = "http", feature = "chrono"))]
fn year_of(value: &dyn Any) -> Option<i32> {
    use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
    let naive = value.downcast_ref().map(NaiveDateTime::year);
    naive.or_else(|| value.downcast_ref().map(DateTime::<Utc>::year))
}

/// No version is a timestamp.
#[cfg(all(feature = "http", not(feature = "chrono")))]
fn year_of(_value: &dyn Any) -> Option<i32> {
    None
}

/// A piece of SQL that the databases spell differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phrase {
    /// Behind a `SELECT`: read the newest committed row and lock it in shared mode, on a database
    /// where [`PLAIN_READ_MAY_BE_OLD`](Dialect::PLAIN_READ_MAY_BE_OLD).
    ShareLock,
    /// Like `ShareLock`, with the lock of a write: a write may follow, and two losers with shared
    /// locks would wait for each other.
    UpdateLock,
    /// Behind a `SELECT`: lock the row against other writers, on a database that locks rows.
    ExclusiveLock,
    /// Like `ExclusiveLock`, before a `DELETE`.
    DeletionLock,
    /// Before the write that only takes the lock of a database that locks no rows: a statement that does
    /// nothing, and makes a comment of that write, on a database that locks rows.
    NoWriteLock,
    /// Right operand of `version +` at the maximum: the database raises an error instead of
    /// wrapping, switching to a float or returning NULL.
    Overflow,
    /// Between a column and a value: the comparison in which NULL equals NULL.
    NullSafeEqual,
    /// The database's clock while the statement runs, after it has waited for a lock too: microseconds since
    /// 1970 in UTC, an integer.
    Clock,
    /// Like `Clock`, when the statement began to run, before it has waited for a lock. SQLite has no such time.
    ClockAtStart,
    /// The function of the smallest of its arguments.
    Least,
    /// Before a text, the name of a table as a statement has it: the name together with its schema, as a text.
    TableNameStart,
    /// Behind the name of a table.
    TableNameEnd,
    /// Behind an `INSERT` into the table of leases, or of presence: a row that is there is left as it is.
    UnlessThere,
    /// Before the table of an `INSERT` that replaces no row. On SQLite a constraint of the table can say otherwise, and
    /// is overruled.
    InsertInto,
    /// Behind an `INSERT`: where any unique value is taken, no row is inserted, and the transaction goes on. On SQLite, MySQL
    /// and MariaDB nothing: there a violated constraint ends the statement alone.
    UnlessTaken,
    /// Before the conditions of a lease: begins a query that is empty if they do not hold.
    LeaseStart,
    /// Behind the conditions of a lease: it has not expired. On PostgreSQL the row of the lease is locked before the clock
    /// is read; on MySQL and MariaDB nothing, because a locking read has decided it.
    LeaseEnd,
}

/// [`Dialect::keeps`]
pub(crate) type Keeps = fn(TypeId, &dyn Any) -> bool;

macro_rules! spelled {
    ($($feature:literal $backend:ty: $spell:path),*) => {$(
        #[cfg(feature = $feature)]
        impl diesel::query_builder::QueryFragment<$backend> for Phrase {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                out.push_sql($spell(*self));
                Ok(())
            }
        }
    )*};
}

spelled!(
    "sqlite" diesel::sqlite::Sqlite: sqlite::spell,
    "postgres" diesel::pg::Pg: pg::spell,
    "mysql" diesel::mysql::Mysql: mysql::spell
);

/// How a transaction finds out, before its COMMIT, that the database has given it up after an error
/// that the body did not return. A COMMIT would not report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionCheck {
    /// No check is needed.
    NotNeeded,
    /// A transaction that was given up refuses every statement, so one is sent right before the COMMIT, in one message with it: a
    /// `SAVEPOINT`, which writes nothing.
    Statement,
    /// A transaction that was given up has lost its savepoints, so one is made right behind the BEGIN, and its `RELEASE` is sent
    /// right before the COMMIT, in a message of its own.
    Savepoint,
}

/// What an error of the database means for a checked write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// Another client's write won, and the transaction is lost.
    Conflict,
    /// Nothing is known about the row; the same transaction, run again from its start, may well
    /// succeed.
    Transient,
    /// There is no connection any more.
    ConnectionLost,
    /// None of these: a violated constraint, a mistake in the statement, ..
    Other,
}

/// One row of a database's error table: how the server's message begins, and what it means. Only the
/// beginning is compared, because the rest may contain values of the row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    text: &'static str,
    class: ErrorClass,
}

/// Classifies an error of `database`. Diesel exposes no SQLSTATE and no error number, so what its
/// `DatabaseErrorKind` does not name is recognised by the server's (English) message.
///
/// Each database's messages count on that database only, because a trigger of the user's may raise an
/// error in any words. Where the database is not known they all count: their tables do not overlap.
pub(crate) fn classify(error: &DieselError, database: Option<Database>) -> ErrorClass {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
            ErrorClass::Conflict
        }
        DieselError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, information)
            if is_wrong_bind(information.message()) =>
        {
            ErrorClass::Other
        }
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => ErrorClass::ConnectionLost,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            by_message(&**information, database)
        }
        DieselError::RollbackErrorOnCommit { commit_error, .. } => classify(commit_error, database),
        _ => ErrorClass::Other,
    }
}

/// Does tokio-postgres refuse the binds of a statement? diesel-async gives all of its own errors the kind of
/// a lost connection.
fn is_wrong_bind(message: &str) -> bool {
    let is_wrong_number =
        message.starts_with("expected ") && message.contains(" parameters but got ");
    is_wrong_number || message.starts_with("error serializing parameter")
}

const MESSAGES: [(Database, &[Message]); 3] = [
    (Database::Postgres, pg::MESSAGES),
    (Database::Mysql, mysql::MESSAGES),
    (Database::Sqlite, sqlite::MESSAGES),
];

/// Does PostgreSQL answer that an error before has made it give the transaction up, with a rollback at its
/// end? Known in English alone.
pub(crate) fn is_given_up(error: &DieselError) -> bool {
    // 25P02 in_failed_sql_transaction
    has_message(error, "current transaction is aborted")
}

/// Does Diesel or SQLite answer a COMMIT that no transaction is open?
pub(crate) fn has_no_transaction(error: &DieselError) -> bool {
    match error {
        DieselError::NotInTransaction => true,
        DieselError::RollbackErrorOnCommit { commit_error, .. } => has_no_transaction(commit_error),
        error => has_message(error, "cannot commit - no transaction is active"),
    }
}

/// Does `database` answer the check before a COMMIT with the error that there is no transaction? Other errors come from the
/// COMMIT, in words of the user's where a deferred trigger raises them.
pub(crate) fn has_refused(
    check: TransactionCheck,
    error: &DieselError,
    database: Option<Database>,
) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) = error else {
        return false;
    };
    let message = information.message();
    // The message names the statement, or the savepoint, in each language that a server has.
    match (check, database) {
        (TransactionCheck::NotNeeded, _) => false,
        // 25P01 no_active_sql_transaction
        (TransactionCheck::Statement, _) => message.starts_with("SAVEPOINT"),
        // 1305 ER_SP_DOES_NOT_EXIST
        (TransactionCheck::Savepoint, Some(_)) => message.contains("SAVEPOINT optlock"),
        (TransactionCheck::Savepoint, None) => {
            message.contains("SAVEPOINT") || message.contains("optlock")
        }
    }
}

fn has_message(error: &DieselError, text: &str) -> bool {
    matches!(error, DieselError::DatabaseError(_, information) if information.message().starts_with(text))
}

/// The error of `database` such that it means the same where the database is no longer known.
pub(crate) fn settle(error: DieselError, database: Option<Database>) -> DieselError {
    if classify(&error, database) == classify(&error, None) {
        error
    } else {
        own_words::mark(error)
    }
}

fn by_message(
    information: &(dyn DatabaseErrorInformation + Send + Sync),
    database: Option<Database>,
) -> ErrorClass {
    if own_words::is_marked(information) {
        return ErrorClass::Other;
    }
    let is_of = |whose| database.is_none_or(|database| database == whose);
    if is_of(Database::Mysql) && mysql::fails_at_commit(information.message()) {
        return ErrorClass::ConnectionLost;
    }
    MESSAGES
        .into_iter()
        .filter(|(whose, _)| is_of(*whose))
        .flat_map(|(_, messages)| messages)
        .find(|message| information.message().starts_with(message.text))
        .map_or(ErrorClass::Other, |message| message.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> DieselError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn a_message_stands_in_one_table_only() {
        let all = MESSAGES.map(|(_, messages)| messages).concat();
        for (index, message) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert!(
                    !message.text.contains(other.text) && !other.text.contains(message.text),
                    "{} / {}",
                    message.text,
                    other.text
                );
            }
        }
    }

    #[test]
    fn a_violated_constraint_is_never_a_conflict_whatever_it_is_called() {
        let error = DieselError::DatabaseError(
            DatabaseErrorKind::CheckViolation,
            Box::new("database is locked".to_owned()),
        );
        assert_eq!(classify(&error, None), ErrorClass::Other);
    }

    #[test]
    fn a_wrong_bind_is_no_lost_connection() {
        let unsent = |message: &str| {
            DieselError::DatabaseError(
                DatabaseErrorKind::UnableToSendCommand,
                Box::new(message.to_owned()),
            )
        };
        for (message, class) in [
            ("expected 1 parameters but got 0", ErrorClass::Other),
            ("error serializing parameter 0", ErrorClass::Other),
            ("connection closed", ErrorClass::ConnectionLost),
        ] {
            assert_eq!(classify(&unsent(message), None), class, "{message}");
        }
    }

    #[test]
    fn a_failed_commit_means_what_its_cause_means() {
        let error = DieselError::RollbackErrorOnCommit {
            rollback_error: Box::new(DieselError::BrokenTransactionManager),
            commit_error: Box::new(unknown("Server has gone away")),
        };
        assert_eq!(classify(&error, None), ErrorClass::ConnectionLost);
    }

    #[test]
    fn an_error_during_a_commit_is_a_lost_connection() {
        let failed = unknown("Got error 6 \"No such device or address\" during COMMIT");
        for database in [None, Some(Database::Mysql)] {
            assert_eq!(classify(&failed, database), ErrorClass::ConnectionLost);
        }
        assert_eq!(
            classify(&failed, Some(Database::Postgres)),
            ErrorClass::Other
        );
        for message in [
            "Got error 28 from storage engine",
            "Cannot do that during COMMIT",
        ] {
            let error = unknown(message);
            assert_eq!(classify(&error, None), ErrorClass::Other, "{message}");
        }
    }

    #[test]
    fn a_transaction_that_is_over_is_known_in_each_language() {
        use TransactionCheck::{NotNeeded, Savepoint, Statement};
        let refused = |check, message, database| has_refused(check, &unknown(message), database);
        for message in [
            "SAVEPOINT can only be used in transaction blocks",
            "SAVEPOINT kann nur in Transaktionsblöcken verwendet werden",
            "SAVEPOINTはトランザクションブロック内でのみ使用できます",
        ] {
            assert!(refused(Statement, message, Some(Database::Postgres)));
            assert!(!refused(NotNeeded, message, Some(Database::Sqlite)));
        }
        for message in [
            "SAVEPOINT optlock does not exist",
            "SAVEPOINT optlock existiert nicht",
        ] {
            assert!(refused(Savepoint, message, Some(Database::Mysql)));
        }
        for message in [
            "SAVEPOINT optlock does not exist",
            "RELEASE SAVEPOINT can only be used in transaction blocks",
            "le point de sauvegarde « optlock » n'existe pas",
            "no such savepoint: optlock",
        ] {
            assert!(refused(Savepoint, message, None));
        }
        // What a user's trigger says at the COMMIT.
        for message in ["no row in optlock_leases", "no SAVEPOINT of the game"] {
            assert!(!refused(Statement, message, Some(Database::Postgres)));
            assert!(!refused(Savepoint, message, Some(Database::Mysql)));
        }
        let violated = DieselError::DatabaseError(
            DatabaseErrorKind::ForeignKeyViolation,
            Box::new("SAVEPOINT optlock".to_owned()),
        );
        assert!(!has_refused(Savepoint, &violated, None));
    }

    #[test]
    fn a_message_counts_on_its_own_database_only_and_everywhere_if_that_is_not_known() {
        for (owner, messages) in MESSAGES {
            for message in messages {
                let error = unknown(message.text);
                assert_eq!(classify(&error, None), message.class);
                for (database, _) in MESSAGES {
                    let expected = if database == owner {
                        message.class
                    } else {
                        ErrorClass::Other
                    };
                    assert_eq!(classify(&error, Some(database)), expected, "{message:?}");
                    let settled = settle(unknown(message.text), Some(database));
                    assert_eq!(classify(&settled, None), expected, "{message:?}");
                }
            }
        }
    }
}
