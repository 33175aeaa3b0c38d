//! An open transaction, from its BEGIN to its end.

use super::opening::{Opening, before_commit};
use crate::backend::{
    Database, Dialect, ErrorClass, TransactionCheck, classify, has_no_transaction, is_given_up,
    settle,
};
use crate::error::{Error, Lost};
use crate::hidden::{break_connection, transaction_depth};
use diesel::connection::{Connection, InstrumentationEvent, TransactionManager};
use diesel::result::Error as DieselError;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a transaction was not committed.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    /// A statement in it failed, or its body.
    Body(E),
    /// Its BEGIN or its COMMIT did.
    Database(DieselError),
}

impl<E: From<DieselError>> Failure<E> {
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Body(error) => error,
            Self::Database(error) => error.into(),
        }
    }
}

/// A transaction, or a savepoint if one is open. Dropped before its [`end`](Self::end), by a panic for
/// example, it is rolled back.
pub(crate) struct Open<'t, C: Connection<Backend: Dialect>> {
    conn: &'t mut C,
    opening: &'t Opening,
    depth: Option<NonZeroU32>,
    has_ended: bool,
}

impl<'t, C: Connection<Backend: Dialect>> Open<'t, C> {
    /// Begins the transaction.
    pub(crate) fn begin(opening: &'t Opening, conn: &'t mut C) -> Result<Self, DieselError> {
        let before_commit = |error| before_commit(error, C::Backend::DATABASE);
        let is_outermost = transaction_depth(conn).is_none();
        if let Some(before) = &opening.before {
            conn.batch_execute(before).map_err(before_commit)?;
        }
        C::TransactionManager::begin_transaction(conn).map_err(before_commit)?;
        let open = Self {
            depth: transaction_depth(conn),
            conn,
            opening,
            has_ended: false,
        };
        prepare(opening, is_outermost, open.conn).map_err(before_commit)?;
        Ok(open)
    }

    /// Begins a transaction whose statements report each error: none is hidden, so the COMMIT need not
    /// be checked.
    pub(crate) fn atomic(conn: &'t mut C) -> Result<Self, DieselError> {
        static ATOMIC: Opening = Opening {
            before: None,
            first: None,
            immediate: false,
            hides_no_error: true,
        };
        Self::begin(&ATOMIC, conn)
    }

    pub(crate) fn conn(&mut self) -> &mut C {
        self.conn
    }

    /// Commits after an `Ok`, and rolls back after an `Err`.
    pub(crate) fn end<R, E>(mut self, result: Result<R, E>) -> Result<R, Failure<E>> {
        let ended = match result {
            Ok(value) => match commit(self.opening, self.depth, self.conn) {
                Ok(()) => Ok(value),
                Err(error) => Err(Failure::Database(error)),
            },
            Err(error) => {
                roll_back(self.depth, self.conn);
                Err(Failure::Body(error))
            }
        };
        // Not before: the user's instrumentation may panic.
        self.has_ended = true;
        ended
    }
}

impl<C: Connection<Backend: Dialect>> Drop for Open<'_, C> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let (depth, conn) = (self.depth, &mut *self.conn);
        if !std::thread::panicking() {
            return roll_back(depth, conn);
        }
        // Diesel shows each statement to the user's instrumentation, and a second panic that leaves a
        // destructor while the first one goes on would abort the process. So without it, if it panics.
        let rolled_back = catch_unwind(AssertUnwindSafe(|| roll_back(depth, conn)));
        let rolled_back = rolled_back.or_else(|_| {
            catch_unwind(AssertUnwindSafe(|| {
                conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
                roll_back(depth, conn);
            }))
        });
        if rolled_back.is_err() {
            break_connection(conn);
        }
    }
}

fn prepare<C: Connection<Backend: Dialect>>(
    opening: &Opening,
    is_outermost: bool,
    conn: &mut C,
) -> Result<(), DieselError> {
    if let Some(first) = &opening.first {
        conn.batch_execute(first)?;
    }
    if opening.immediate {
        take_write_lock(conn)?;
    }
    let is_checked = is_outermost && !opening.hides_no_error;
    if is_checked && C::Backend::TRANSACTION_CHECK == TransactionCheck::Savepoint {
        conn.batch_execute("SAVEPOINT optlock")?;
    }
    Ok(())
}

/// Begins anew by SQLite's `BEGIN IMMEDIATE`. Diesel has that for its own `SqliteConnection`, but not
/// for one from a pool or in an enum.
fn take_write_lock<C: Connection>(conn: &mut C) -> Result<(), DieselError> {
    let result = conn.batch_execute("COMMIT; BEGIN IMMEDIATE");
    // No transaction is open then. Diesel 2.3.0 does not see it, and calls a connection broken whose
    // ROLLBACK fails.
    if result.is_err() && transaction_depth(conn).is_some() {
        let _ = conn.batch_execute("BEGIN");
    }
    result
}

/// Commits the transaction that has made it `depth`.
fn commit<C: Connection<Backend: Dialect>>(
    opening: &Opening,
    depth: Option<NonZeroU32>,
    conn: &mut C,
) -> Result<(), DieselError> {
    // Diesel's own transaction stays open after a panic in it. What the body has done after it has
    // caught that one is a part of it too, so nothing can be committed.
    let is_left_open = transaction_depth(conn) > depth;
    if transaction_depth(conn).is_some_and(|now| Some(now) < depth) {
        // The body has ended its transaction. A COMMIT would be that of the one around it.
        return Err(lost(DieselError::NotInTransaction, C::Backend::DATABASE));
    }
    // A nested transaction needs no check: its RELEASE SAVEPOINT fails.
    let is_outermost = depth == Some(NonZeroU32::MIN);
    if is_outermost && !opening.hides_no_error {
        check(conn).inspect_err(|_| roll_back(depth, conn))?;
    }
    if is_left_open {
        roll_back(depth, conn);
        return Err(Error::TransactionLeftOpen.into());
    }
    let error = match C::TransactionManager::commit_transaction(conn) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    // After a RELEASE SAVEPOINT that failed Diesel still counts the savepoint.
    roll_back(depth, conn);
    Err(if is_outermost && !has_no_transaction(&error) {
        settle(error, C::Backend::DATABASE)
    } else {
        lost(error, C::Backend::DATABASE)
    })
}

/// Is there still a transaction to commit?
fn check<C: Connection<Backend: Dialect>>(conn: &mut C) -> Result<(), DieselError> {
    let statement = match C::Backend::TRANSACTION_CHECK {
        TransactionCheck::NotNeeded => return Ok(()),
        TransactionCheck::Statement => "SELECT 1",
        TransactionCheck::Savepoint => "RELEASE SAVEPOINT optlock",
    };
    conn.batch_execute(statement)
        .map_err(|error| lost(error, C::Backend::DATABASE))
}

/// Reads the error of a check, or of a release, that there is no transaction or savepoint any more.
///
/// Only PostgreSQL distinguishes a transaction that was given up from one that was ended, which may have
/// been committed.
fn lost(error: DieselError, database: Option<Database>) -> DieselError {
    let lost = match classify(&error, database) {
        ErrorClass::ConnectionLost => return before_commit(error, database),
        // Lost just now: Galera reports another node's write at whatever comes next.
        ErrorClass::Conflict | ErrorClass::Transient => return error,
        ErrorClass::Other if is_given_up(&error) => Lost::nothing_landed(error),
        ErrorClass::Other => Lost::unknown(error),
    };
    Error::TransactionLost(lost).into()
}

/// Rolls back to below `depth`, inner transactions included. Errors are ignored: the caller returns the
/// error that led here, and Diesel refuses a connection in an unknown state.
fn roll_back<C: Connection>(depth: Option<NonZeroU32>, conn: &mut C) {
    while transaction_depth(conn) >= depth && roll_back_one(conn) {}
}

/// Rolls back one transaction. Is the depth smaller now?
fn roll_back_one<C: Connection>(conn: &mut C) -> bool {
    let before = transaction_depth(conn);
    let _ = C::TransactionManager::rollback_transaction(conn);
    transaction_depth(conn) < before
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
