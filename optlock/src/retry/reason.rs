//! Is an error worth another attempt?

use crate::backend::{Database, ErrorClass, classify};
use crate::error::{BatchConflict, ConcurrentModification, Error, Lost, MergeConflict};
use diesel::result::Error as DieselError;
use std::error::Error as StdError;

/// Is another attempt of the whole transaction worth it after this error? This is what
/// [`retry`](crate::retry()) asks of the error of its body.
///
/// The first error of optlock or of Diesel in the chain of `error` and its `source()`s decides: a
/// conflict ([`Error::is_conflict`]) and what is [transient](Error::is_transient) (a serialization
/// failure, a deadlock, a lock timeout, "database is locked") are, all else is not. Never
/// [`Error::outcome_unknown`], and never a row that [is behind](Error::is_behind), alone or in a batch.
///
/// A conflict is found behind `#[error(transparent)]` of the crate `thiserror` too, which leaves the
/// error that it wraps out of the chain, because it is the source of an [`Error`] as well. What cannot
/// be seen is an error of Diesel's own behind `transparent`, and what does not implement
/// [`std::error::Error`], as `anyhow::Error` and boxes: [`Policy::when_source`](super::Policy::when_source).
///
/// A trigger's error in the words of an engine counts as that engine's if the database is not known,
/// as here. A retry knows it, and the operations of optlock do, unless the connection of these is an enum;
/// but nothing tells a trigger's words from those of its own engine.
///
/// ```
/// use optlock::retry::is_retryable;
/// use diesel::result::{DatabaseErrorKind, Error::{DatabaseError, NotFound}};
///
/// #[derive(Debug, thiserror::Error)]
/// enum Refusal {
///     #[error("the order is closed")]
///     Closed,
///     #[error(transparent)]
///     Storage(#[from] optlock::Error),
/// }
///
/// let busy = DatabaseError(DatabaseErrorKind::Unknown, Box::new("database is locked".to_owned()));
/// assert!(is_retryable(&Refusal::from(optlock::Error::from(busy))));
/// assert!(!is_retryable(&Refusal::from(optlock::Error::from(NotFound))));
/// assert!(!is_retryable(&Refusal::Closed));
/// ```
pub fn is_retryable(error: &(dyn StdError + 'static)) -> bool {
    is_retryable_on(error, None)
}

/// [`is_retryable`] of an error that came from that database, whose words alone count then.
pub(super) fn is_retryable_on(
    error: &(dyn StdError + 'static),
    database: Option<Database>,
) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| known(error, database))
        .unwrap_or(false)
}

fn known(error: &(dyn StdError + 'static), database: Option<Database>) -> Option<bool> {
    if let Some(error) = error.downcast_ref::<Error>() {
        Some(of_optlock(error, database))
    } else if let Some(error) = error.downcast_ref::<DieselError>() {
        Some(of_diesel(error, database))
    } else if error.is::<Lost>() {
        // Whatever Diesel's error in it says.
        Some(false)
    } else {
        is_conflict(error).then_some(true)
    }
}

/// Taken out of the [`Error`] that it came in, or the source of one that is not seen itself.
fn is_conflict(error: &(dyn StdError + 'static)) -> bool {
    let row = error.downcast_ref::<ConcurrentModification>();
    let batch = error.downcast_ref::<BatchConflict>();
    row.is_some_and(|row| !row.is_behind())
        || batch.is_some_and(|batch| !batch.is_behind())
        || error.is::<MergeConflict>()
}

fn of_optlock(error: &Error, database: Option<Database>) -> bool {
    match error {
        Error::Database(error) => of_diesel(error, database),
        // It is a conflict, and another attempt would have the old page too.
        #[cfg(feature = "fingerprint")]
        Error::PageChanged(_) => false,
        error if error.is_behind() => false,
        error => error.is_conflict() || error.is_transient(),
    }
}

/// As [`Error::from`] reads it, which would take the error.
pub(super) fn of_diesel(error: &DieselError, database: Option<Database>) -> bool {
    match error {
        DieselError::QueryBuilderError(error) => error
            .downcast_ref::<Error>()
            .is_some_and(|error| of_optlock(error, database)),
        error => matches!(
            classify(error, database),
            ErrorClass::Conflict | ErrorClass::Transient
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Found;
    use diesel::result::DatabaseErrorKind::{self, ClosedConnection, UniqueViolation, Unknown};

    fn database(kind: DatabaseErrorKind, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    fn conflict() -> ConcurrentModification {
        ConcurrentModification::new("contacts", "7".into(), Some(3.into()), Found::Missing)
    }

    #[test]
    fn a_conflict_is_seen_however_deep_it_lies() {
        #[derive(Debug, thiserror::Error)]
        #[error("outside")]
        struct Outside<E: StdError + 'static>(#[source] E);

        assert!(is_retryable(&conflict()));
        assert!(is_retryable(&Error::from(conflict())));
        assert!(is_retryable(&DieselError::from(Error::from(conflict()))));
        assert!(is_retryable(&Outside(conflict())));
        assert!(is_retryable(&Outside(MergeConflict::new(
            "contacts",
            "7".into(),
            vec![]
        ))));
        assert!(is_retryable(&Outside(BatchConflict::new(
            2,
            vec![(1, conflict())]
        ))));
        assert!(is_retryable(&Outside(Outside(Error::from(conflict())))));
        assert!(is_retryable(&Outside(DieselError::from(Error::from(
            conflict()
        )))));
    }

    /// It could be repeated until a save of another client brings back the version that it expects.
    #[test]
    fn a_row_that_is_behind_is_not() {
        let version = 2.into();
        let found = Found::Older { version };
        let behind =
            || ConcurrentModification::new("contacts", "7".into(), Some(3.into()), found.clone());
        assert!(!is_retryable(&behind()));
        assert!(!is_retryable(&Error::from(behind())));
        let batch = BatchConflict::new(2, vec![(1, behind())]);
        assert!(!is_retryable(&batch));
        // Another attempt would match the row that is behind by accident, if a save has brought its version back.
        let mixed = || BatchConflict::new(2, vec![(0, conflict()), (1, behind())]);
        assert!(!is_retryable(&mixed()));
        assert!(!is_retryable(&Error::from(mixed())));
        assert!(!is_retryable(&DieselError::from(Error::from(mixed()))));
    }

    #[test]
    fn of_the_databases_errors_the_transient_ones_are() {
        for message in [
            "deadlock detected",
            "Lock wait timeout exceeded; try restarting transaction",
            "database is locked",
        ] {
            assert!(is_retryable(&database(Unknown, message)), "{message}");
        }
        assert!(is_retryable(&database(
            DatabaseErrorKind::SerializationFailure,
            ""
        )));
        assert!(!is_retryable(&database(
            UniqueViolation,
            "database is locked"
        )));
        assert!(!is_retryable(&DieselError::RollbackTransaction));
    }

    #[test]
    fn an_unknown_outcome_is_not() {
        let lost = || {
            database(
                ClosedConnection,
                "server closed the connection unexpectedly",
            )
        };
        assert!(!is_retryable(&lost()));
        for error in [
            Error::OutcomeUnknown(Lost::unknown(lost())),
            Error::ConnectionLost(Lost::nothing_landed(lost())),
            Error::TransactionLost(Lost::nothing_landed(lost())),
            Error::Database(lost()),
        ] {
            assert!(!is_retryable(&error), "{error:?}");
            assert!(!of_diesel(&error.into(), None));
        }
    }

    /// The outermost one knows best: a lost transaction may have been lost to a deadlock.
    #[test]
    fn the_first_known_error_decides() {
        let lost = Lost::unknown(database(Unknown, "deadlock detected"));
        let error = Error::TransactionLost(lost);
        assert!(!is_retryable(&error));

        #[derive(Debug, thiserror::Error)]
        #[error(transparent)]
        struct Transparent(Error);
        assert!(!is_retryable(&Transparent(error)));
        let conflict = DieselError::from(Error::from(conflict()));
        let error = Error::TransactionLost(Lost::unknown(conflict));
        assert!(!is_retryable(&Transparent(error)));
    }
}
