//! An open transaction, from its BEGIN to its end.

use super::opening::{Opening, before_commit};
use crate::backend::{
    Database, Dialect, ErrorClass, TransactionCheck, classify, has_no_transaction, has_refused,
    is_given_up, settle,
};
use crate::error::{Error, Lost};
use crate::executes::{Executes, Wire, now};
use crate::statement::RowLock;
use diesel::connection::TransactionDepthChange;
use diesel::result::Error as DieselError;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a transaction was not committed.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    /// A statement in the transaction failed, or its body.
    Body(E),
    /// The BEGIN or the COMMIT failed.
    Database(DieselError),
    /// A row was not locked that is locked before the body, and nothing of the body has run.
    Lock {
        error: DieselError,
        #[cfg_attr(
            not(feature = "retry"),
            allow(dead_code, reason = "only a retry locks rows")
        )]
        class: ErrorClass,
    },
}

impl<E> Failure<E> {
    /// What became of a transaction with that `result`, which `ended` in this way.
    pub(crate) fn or<R>(result: Result<R, E>, ended: Result<(), DieselError>) -> Result<R, Self> {
        match (result, ended) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(Self::Database(error)),
            (Err(error), _) => Err(Self::Body(error)),
        }
    }
}

impl<E: From<DieselError>> Failure<E> {
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Body(error) => error,
            Self::Database(error) | Self::Lock { error, .. } => error.into(),
        }
    }
}

#[cfg(feature = "fingerprint")]
impl Failure<Error> {
    /// The error of an operation whose transaction this was.
    pub(crate) fn into_error_of_operation<DB: Dialect>(self) -> Error {
        match self {
            Self::Body(error) => error,
            Self::Database(error) | Self::Lock { error, .. } => of_operation::<DB>(error),
        }
    }
}

/// The error of the BEGIN or COMMIT of an operation, which may have landed if the connection was lost with its COMMIT.
fn of_operation<DB: Dialect>(error: DieselError) -> Error {
    match classify(&error, DB::DATABASE) {
        ErrorClass::ConnectionLost => Error::OutcomeUnknown(Lost::unknown(error)),
        _ => error.into(),
    }
}

/// A transaction, or a savepoint if one is open. Dropped before its [`end`](Self::end), by a panic for
/// example, it is rolled back. Where a future was dropped, or a BEGIN did not return, only the connection can
/// be given up.
pub(crate) struct Open<'t, X: Executes> {
    wire: Wire<'t, X>,
    opening: &'t Opening,
    /// How many transactions are open around it.
    around: Option<NonZeroU32>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent, or it has ended.
    Closed,
    /// A BEGIN may have been sent.
    Opening,
    Open,
}

impl<'t, X: Executes> Open<'t, X> {
    /// A transaction that is not begun yet.
    pub(crate) fn new(opening: &'t Opening, conn: &'t mut X::Conn) -> Self {
        let mut wire = Wire::new(conn);
        Self {
            around: wire.depth(),
            wire,
            opening,
            state: State::Closed,
        }
    }

    /// Begins it.
    pub(crate) async fn begin(&mut self) -> Result<(), DieselError> {
        self.state = State::Opening;
        if let Err(error) = self.send_begin().await {
            // Nobody knows whether it has begun on a connection that was lost.
            if classify(&error, X::Backend::DATABASE) != ErrorClass::ConnectionLost {
                self.state = State::Closed;
            }
            return Err(before_commit(error, X::Backend::DATABASE));
        }
        self.state = State::Open;
        if let Err(error) = self.prepare().await {
            self.roll_back().await;
            self.state = State::Closed;
            return Err(before_commit(error, X::Backend::DATABASE));
        }
        Ok(())
    }

    /// Locks the rows of its opening. If one is not locked, the transaction is rolled back.
    pub(super) async fn lock_rows<E>(&mut self) -> Result<(), Failure<E>> {
        for row in &self.opening.rows {
            // The conflict came from a connection of another type.
            let Some(lock) = row.lock::<RowLock<X::Backend>>() else {
                continue;
            };
            if let Err(error) = self.wire.execute(lock.statement()).await {
                self.roll_back().await;
                self.state = State::Closed;
                return Err(Failure::Lock {
                    class: classify(&error, X::Backend::DATABASE),
                    error: before_commit(error, X::Backend::DATABASE),
                });
            }
        }
        Ok(())
    }

    /// Begins a transaction whose statements report each error: none is hidden, so the COMMIT need not
    /// be checked.
    pub(crate) async fn atomic(conn: &'t mut Wire<'_, X>) -> Result<Self, DieselError> {
        static ATOMIC: Opening = Opening {
            before: None,
            first: None,
            immediate: false,
            hides_no_error: true,
            rows: Vec::new(),
        };
        let mut open = Self::new(&ATOMIC, conn.conn());
        open.begin().await?;
        Ok(open)
    }

    /// The connection, for statements of ours.
    pub(crate) fn wire(&mut self) -> &mut Wire<'t, X> {
        &mut self.wire
    }

    /// The connection, for the user's body.
    pub(crate) fn conn(&mut self) -> &mut X::Conn {
        self.wire.conn()
    }

    /// Commits, or rolls back.
    pub(crate) async fn end(&mut self, commits: bool) -> Result<(), DieselError> {
        let ended = if commits {
            self.commit().await
        } else {
            self.roll_back().await;
            Ok(())
        };
        // Not before: the user's instrumentation may panic, and a future may be dropped.
        self.state = State::Closed;
        ended
    }

    /// Commits, or rolls back, the transaction of one operation, which may have landed if the connection is lost
    /// with its COMMIT.
    pub(crate) async fn close(&mut self, commits: bool) -> Result<(), Error> {
        let ended = self.end(commits).await;
        ended.map_err(of_operation::<X::Backend>)
    }

    async fn send_begin(&mut self) -> Result<(), DieselError> {
        if let Some(before) = &self.opening.before {
            self.wire.batch_execute(before).await?;
        }
        if !self.begins_with_savepoint() {
            return self.wire.begin().await;
        }
        let begun = self.wire.batch_execute("BEGIN; SAVEPOINT optlock").await;
        match &begun {
            Ok(()) => self.wire.count(TransactionDepthChange::IncreaseDepth),
            Err(error) if classify(error, X::Backend::DATABASE) == ErrorClass::ConnectionLost => {}
            // The BEGIN may have been executed without the SAVEPOINT, and Diesel knows of neither.
            Err(_) => drop(self.wire.batch_execute("ROLLBACK").await),
        }
        begun
    }

    async fn prepare(&mut self) -> Result<(), DieselError> {
        if let Some(first) = &self.opening.first {
            self.wire.batch_execute(first).await?;
        }
        if self.opening.immediate {
            self.take_write_lock().await?;
        }
        if self.needs_savepoint() && !self.begins_with_savepoint() {
            self.wire.batch_execute("SAVEPOINT optlock").await?;
        }
        Ok(())
    }

    /// Begins anew by SQLite's `BEGIN IMMEDIATE`. Diesel has that for its own `SqliteConnection`, but not
    /// for one from a pool or in an enum.
    async fn take_write_lock(&mut self) -> Result<(), DieselError> {
        let result = self.wire.batch_execute("COMMIT; BEGIN IMMEDIATE").await;
        // No transaction is open then. Diesel 2.3.0 does not see it, and calls a connection broken whose
        // ROLLBACK fails.
        if result.is_err() && self.wire.depth().is_some() {
            let _ = self.wire.batch_execute("BEGIN").await;
        }
        result
    }

    /// Is the COMMIT checked? A nested transaction needs none: its RELEASE SAVEPOINT fails.
    fn is_checked(&self) -> bool {
        self.is_outermost() && !self.opening.hides_no_error
    }

    fn needs_savepoint(&self) -> bool {
        self.is_checked() && X::Backend::TRANSACTION_CHECK == TransactionCheck::Savepoint
    }

    /// Is the savepoint sent together with the BEGIN, which saves a way to the server? Not on an enum of connections: a
    /// ROLLBACK after SQLite has refused the BEGIN would undo the user's own transaction.
    fn begins_with_savepoint(&self) -> bool {
        self.needs_savepoint() && X::Backend::DATABASE.is_some()
    }

    /// What fails if there is no transaction to commit.
    fn check(&self) -> Option<&'static str> {
        match X::Backend::TRANSACTION_CHECK {
            _ if !self.is_checked() => None,
            TransactionCheck::NotNeeded => None,
            TransactionCheck::Statement => Some("SAVEPOINT optlock"),
            TransactionCheck::Savepoint => Some("RELEASE SAVEPOINT optlock"),
        }
    }

    fn is_outermost(&self) -> bool {
        self.around.is_none()
    }

    async fn commit(&mut self) -> Result<(), DieselError> {
        let around = self.around.map_or(0, NonZeroU32::get);
        let now = self.wire.depth().map_or(0, NonZeroU32::get);
        self.wire.check()?;
        if now <= around {
            // The body has ended its transaction. A COMMIT would be that of the one around it, or of one that the body has
            // begun since.
            return Err(lost(DieselError::NotInTransaction, X::Backend::DATABASE));
        }
        // Diesel's own transaction stays open after a panic in it. What the body has done after it has
        // caught that one is a part of it too, so nothing can be committed.
        let committed = if now > around + 1 {
            Err(self.refuse_commit().await)
        } else {
            self.send_commit().await
        };
        if committed.is_err() {
            // After a RELEASE SAVEPOINT that failed Diesel still counts the savepoint.
            self.roll_back().await;
        }
        committed
    }

    async fn send_commit(&mut self) -> Result<(), DieselError> {
        let committed = match self.check() {
            None => self.wire.commit().await,
            Some(check) if X::Backend::TRANSACTION_CHECK == TransactionCheck::Savepoint => {
                return self.release_and_commit(check).await;
            }
            Some(check) => self.execute_commit(&format!("{check}; COMMIT")).await,
        };
        committed.map_err(|error| {
            if self.is_outermost() && !self.is_over(&error) {
                settle(error, X::Backend::DATABASE)
            } else {
                lost(error, X::Backend::DATABASE)
            }
        })
    }

    /// Sends the check, and behind its answer the COMMIT, in a message of its own.
    ///
    /// Between two statements of one message Galera's node rolls the transaction back where another node's write came
    /// first, and then answers the COMMIT as if it had committed, or not at all. (Seen with MariaDB 10.11: 12 of 7,335
    /// commits that were answered were lost. By itself: none of 3,305.) No answer tells such a COMMIT from another one,
    /// and the server does not say that it is a node of Galera, unless it is asked, which takes a message too.
    async fn release_and_commit(&mut self, check: &str) -> Result<(), DieselError> {
        let released = self.wire.batch_execute(check).await;
        released.map_err(|error| not_released(error, X::Backend::DATABASE))?;
        let committed = self.execute_commit("COMMIT").await;
        committed.map_err(|error| settle(error, X::Backend::DATABASE))
    }

    /// Sends a COMMIT that Diesel does not know of.
    async fn execute_commit(&mut self, statements: &str) -> Result<(), DieselError> {
        self.wire.batch_execute(statements).await?;
        self.wire.count(TransactionDepthChange::DecreaseDepth);
        Ok(())
    }

    /// Is it the answer that there was no transaction to commit, and not that of the COMMIT itself?
    fn is_over(&self, error: &DieselError) -> bool {
        let refused = || {
            let check = X::Backend::TRANSACTION_CHECK;
            has_refused(check, error, X::Backend::DATABASE) || is_given_up(error)
        };
        has_no_transaction(error) || self.check().is_some() && refused()
    }

    /// Why a transaction is not committed in which Diesel has left another one open.
    async fn refuse_commit(&mut self) -> DieselError {
        let checked = match self.check() {
            Some(check) => self.wire.batch_execute(check).await,
            None => Ok(()),
        };
        match checked {
            Ok(()) => Error::TransactionLeftOpen.into(),
            Err(error) => lost(error, X::Backend::DATABASE),
        }
    }

    /// Rolls it back, inner transactions included. Errors are ignored: the caller returns the error that led
    /// here, and Diesel refuses a connection in an unknown state.
    async fn roll_back(&mut self) {
        loop {
            let before = self.wire.depth();
            if before <= self.around {
                return;
            }
            let rolled_back = self.wire.roll_back().await;
            let has_ended = |error| has_ended(error, X::Backend::DATABASE);
            if before.is_some_and(|depth| depth.get() == 1) && rolled_back.is_err_and(has_ended) {
                self.wire.forget_transaction();
                return;
            }
            if self.wire.depth() >= before {
                return;
            }
        }
    }

    /// Rolls it back in a destructor.
    fn roll_back_now(&mut self) {
        if !std::thread::panicking() {
            return now(self.roll_back());
        }
        // Diesel shows each statement to the user's instrumentation, and a second panic that leaves a
        // destructor while the first one goes on would abort the process. So without it, if it panics.
        let rolled_back = catch_unwind(AssertUnwindSafe(|| now(self.roll_back())));
        let rolled_back = rolled_back.or_else(|_| {
            catch_unwind(AssertUnwindSafe(|| {
                X::silence(self.wire.conn());
                now(self.roll_back());
            }))
        });
        if rolled_back.is_err() {
            self.wire.give_up();
        }
    }
}

impl<X: Executes> Drop for Open<'_, X> {
    fn drop(&mut self) {
        match self.state {
            State::Closed => {}
            State::Open if !X::WAITS => self.roll_back_now(),
            State::Open | State::Opening => self.wire.give_up(),
        }
    }
}

/// Does a ROLLBACK that fails with this error say that the transaction was rolled back before it? Galera's node answers so
/// (1213) where another node's write came first. Diesel takes it for a connection in an unknown state.
fn has_ended(error: DieselError, database: Option<Database>) -> bool {
    matches!(database, Some(Database::Mysql) | None)
        && classify(&error, Some(Database::Mysql)) == ErrorClass::Conflict
}

/// Reads the error of the RELEASE SAVEPOINT before a COMMIT, which was not sent then.
fn not_released(error: DieselError, database: Option<Database>) -> DieselError {
    if has_refused(TransactionCheck::Savepoint, &error, database) || is_given_up(&error) {
        lost(error, database)
    } else {
        before_commit(error, database)
    }
}

/// Reads the error of a checked COMMIT, or of a release, that there is no transaction or savepoint any more.
///
/// Only PostgreSQL distinguishes a transaction that was given up from one that was ended, which may have
/// been committed.
fn lost(error: DieselError, database: Option<Database>) -> DieselError {
    // Nothing was sent, and the transaction ends together with its connection.
    if matches!(error, DieselError::BrokenTransactionManager) {
        return error;
    }
    let lost = match classify(&error, database) {
        ErrorClass::ConnectionLost => return before_commit(error, database),
        // Lost just now: Galera reports another node's write at whatever comes next.
        ErrorClass::Conflict | ErrorClass::Transient => return error,
        ErrorClass::Other if is_given_up(&error) => Lost::nothing_landed(error),
        ErrorClass::Other => Lost::unknown(error),
    };
    Error::TransactionLost(lost).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::result::DatabaseErrorKind::Unknown;

    fn check_says(message: &str) -> Error {
        let error = DieselError::DatabaseError(Unknown, Box::new(message.to_owned()));
        lost(error, None).into()
    }

    #[test]
    fn a_rollback_that_meets_a_conflict_says_that_the_transaction_is_over() {
        let error = |text: &str| DieselError::DatabaseError(Unknown, Box::new(text.to_owned()));
        let deadlock =
            || error("Deadlock found when trying to get lock; try restarting transaction");
        for database in [None, Some(Database::Mysql)] {
            assert!(has_ended(deadlock(), database));
            assert!(!has_ended(
                error("Lost connection to server during query"),
                database
            ));
            assert!(!has_ended(DieselError::BrokenTransactionManager, database));
        }
        for database in [Database::Postgres, Database::Sqlite] {
            assert!(!has_ended(deadlock(), Some(database)));
        }
    }

    /// The COMMIT is sent behind the answer to the RELEASE SAVEPOINT.
    #[test]
    fn without_the_release_of_its_savepoint_a_transaction_has_not_landed() {
        for database in [None, Some(Database::Mysql)] {
            let error = |message: &str| -> Error {
                let error = DieselError::DatabaseError(Unknown, Box::new(message.to_owned()));
                not_released(error, database).into()
            };
            let lost = error("Lost connection to server during query");
            assert!(matches!(lost, Error::ConnectionLost(_)), "{lost:?}");
            let interrupted = error("Query execution was interrupted");
            assert!(matches!(interrupted, Error::Database(_)), "{interrupted:?}");
            assert!(!interrupted.outcome_unknown());
            let aborted =
                error("Deadlock found when trying to get lock; try restarting transaction");
            assert!(aborted.is_conflict() && aborted.is_transient());
            // The body may have committed.
            let ended = error("SAVEPOINT optlock does not exist");
            assert!(matches!(ended, Error::TransactionLost(_)), "{ended:?}");
            assert!(ended.outcome_unknown());
        }
    }

    #[test]
    fn a_conflict_that_the_check_meets_is_one_and_any_other_error_means_that_it_came_too_late() {
        let error =
            check_says("Deadlock found when trying to get lock; try restarting transaction");
        assert!(error.is_conflict() && error.is_transient(), "{error:?}");
        for (message, may_have_landed) in [
            ("SAVEPOINT optlock does not exist", true),
            (
                "RELEASE SAVEPOINT can only be used in transaction blocks",
                true,
            ),
            (
                "current transaction is aborted, commands ignored until ..",
                false,
            ),
        ] {
            let error = check_says(message);
            assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
            assert_eq!(error.outcome_unknown(), may_have_landed, "{error:?}");
        }
        let error = check_says("Lost connection to server during query");
        assert!(matches!(error, Error::ConnectionLost(_)), "{error:?}");
    }
}
