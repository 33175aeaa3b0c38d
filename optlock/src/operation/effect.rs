//! What the result of a write or a read means: decided without a connection.

use crate::backend::{Dialect, ErrorClass, classify, settle};
use crate::error::{AnyRow, Error, Found, Lost, LostWrite};
use crate::token::{VersionToken, VersionValue};
use crate::versioned::Versioned;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};

/// What a save did, if it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Saved {
    /// The row was written.
    Written,
    /// The value changes nothing, so nothing was sent, and the row was not checked.
    NothingChanged,
}

/// What a write did: it matched its row, or had nothing to send; it matched no row; or it failed.
pub(crate) type Effect = Result<Result<Saved, ZeroRows>, Error>;

/// How a write came to match no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZeroRows {
    /// There is none with that key and that version.
    NoRow,
    /// The database gave the statement up in favour of another writer, but no transaction. A later read
    /// may show that writer's change.
    GivenUp,
}

/// May the write that failed with this error have landed?
pub(crate) fn may_have_landed<DB: Dialect>(error: &DieselError, in_transaction: bool) -> bool {
    !in_transaction && classify(error, DB::DATABASE) == ErrorClass::ConnectionLost
}

/// The effect of a write of `row`, by its result. `sent` is what that write would have made of the row, unless it
/// is a delete.
pub(crate) fn effect_of<DB: Dialect>(
    result: QueryResult<usize>,
    row: &dyn AnyRow,
    sent: Option<LostWrite>,
    in_transaction: bool,
) -> Effect {
    match result {
        Ok(1) => Ok(Ok(Saved::Written)),
        Ok(0) => Ok(Err(ZeroRows::NoRow)),
        Ok(rows) => Err(Error::key_not_unique(row, rows)),
        // Nothing was sent: embedded structs of optional fields that are all `None`.
        Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {
            Ok(Ok(Saved::NothingChanged))
        }
        Err(error) => match (classify(&error, DB::DATABASE), in_transaction) {
            (ErrorClass::ConnectionLost, false) => {
                let writes = sent.into_iter().collect();
                Err(Error::OutcomeUnknown(
                    Lost::unknown(error).with_writes(writes),
                ))
            }
            // A raw BEGIN may have opened a transaction that Diesel does not know. PostgreSQL then refuses
            // the read that follows; MySQL and MariaDB have ended the transaction, and would answer the
            // read as if nothing had happened.
            (ErrorClass::Conflict, false) if !DB::PLAIN_READ_MAY_BE_OLD => {
                Ok(Err(ZeroRows::GivenUp))
            }
            _ => Err(read_failed::<DB>(row, error)),
        },
    }
}

/// Classifies the error of a read, or of a write inside a transaction. If the connection was lost, nothing
/// was committed.
pub(crate) fn read_failed<DB: Dialect>(row: &dyn AnyRow, error: DieselError) -> Error {
    failed::<DB>(error, |_| Error::aborted(row))
}

/// Classifies the error of a statement that is not about one versioned value. The caller says what a conflict
/// is.
pub(crate) fn failed<DB: Dialect>(
    error: DieselError,
    conflict: impl FnOnce(DieselError) -> Error,
) -> Error {
    match classify(&error, DB::DATABASE) {
        ErrorClass::Conflict => conflict(error),
        ErrorClass::ConnectionLost => Error::ConnectionLost(Lost::nothing_landed(error)),
        ErrorClass::Transient | ErrorClass::Other => settle(error, DB::DATABASE).into(),
    }
}

/// Is what was found the version in memory?
pub(crate) fn compare<M: Versioned>(model: &M, found: Option<M::Version>) -> Result<(), Error> {
    match found {
        Some(version) if version == *model.version() => Ok(()),
        found => Err(Error::conflict(
            model,
            found.map(|version| version.describe()),
        )),
    }
}

/// The row has that version, and was not written all the same.
pub(crate) fn still_there(row: &dyn AnyRow, version: VersionValue, zero_rows: ZeroRows) -> Error {
    match zero_rows {
        ZeroRows::NoRow => Error::refused(row, Some(version)),
        ZeroRows::GivenUp => Error::aborted(row),
    }
}

/// Has the database made a version behind the `expected` one? `found` is what the row has after its write.
pub(crate) fn check_generated<V: VersionToken>(
    row: &dyn AnyRow,
    expected: &V,
    found: Option<&V>,
) -> Result<(), Error> {
    match found {
        Some(found) if found != expected => Ok(()),
        Some(found) => Err(Error::not_generated(row, found.describe())),
        // A trigger has changed its key, or moved it out of scope.
        None => Err(Error::refused(row, None)),
    }
}

/// Why the row that a write did not match could not be read either.
pub(crate) fn unread<DB: Dialect>(
    row: &dyn AnyRow,
    zero_rows: ZeroRows,
    error: &DieselError,
) -> Error {
    let is_given_up =
        zero_rows == ZeroRows::GivenUp || classify(error, DB::DATABASE) == ErrorClass::Conflict;
    if is_given_up {
        Error::aborted(row)
    } else {
        Error::conflict_with(row, Found::Unknown)
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod tests {
    use super::*;
    use diesel::mysql::Mysql;
    use diesel::pg::Pg;
    use diesel::result::DatabaseErrorKind::{
        self, ClosedConnection, SerializationFailure, UniqueViolation, Unknown,
    };
    use diesel::sqlite::Sqlite;

    struct Ann;

    impl AnyRow for Ann {
        fn table(&self) -> &'static str {
            "contacts"
        }

        fn key(&self) -> String {
            "7".to_owned()
        }

        fn version(&self) -> Option<VersionValue> {
            Some(VersionValue::Number(3))
        }

        fn is_ordered(&self) -> bool {
            true
        }
    }

    /// The effect in short: the message of an error, and whether what it wrote is unknown.
    fn printed(effect: Effect) -> String {
        match effect {
            Ok(done) => format!("{done:?}"),
            Err(error) if error.outcome_unknown() => format!("unknown: {error}"),
            Err(error) => error.to_string(),
        }
    }

    fn error(kind: DatabaseErrorKind, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    const GIVEN_UP: &str = "contacts 7 was not written: expected version 3, and the database gave the \
                            transaction up in favour of another";
    const NOTHING_LANDED: &str = "the connection was lost before anything could land: in a read, or in \
                                  a transaction, which the database then rolls back";

    type Effects = fn(QueryResult<usize>, bool) -> Effect;

    const ON_EACH: [Effects; 3] = [
        |result, in_transaction| effect_of::<Sqlite>(result, &Ann, None, in_transaction),
        |result, in_transaction| effect_of::<Pg>(result, &Ann, None, in_transaction),
        |result, in_transaction| effect_of::<Mysql>(result, &Ann, None, in_transaction),
    ];

    #[test]
    fn a_count_of_rows_means_what_it_means_everywhere() {
        let expected = [
            "Err(NoRow)",
            "Ok(Written)",
            "contacts 7 matched 2 rows: the model's primary key is not unique",
        ];
        for (rows, expected) in expected.into_iter().enumerate() {
            for effect in ON_EACH {
                for in_transaction in [false, true] {
                    assert_eq!(printed(effect(Ok(rows), in_transaction)), expected);
                }
            }
        }
        let nothing = || DieselError::QueryBuilderError(Box::new(EmptyChangeset));
        for effect in ON_EACH {
            assert_eq!(printed(effect(Err(nothing()), true)), "Ok(NothingChanged)");
        }
    }

    #[test]
    fn an_error_means_what_its_class_and_the_transaction_make_of_it() {
        let lost = || {
            error(
                ClosedConnection,
                "server closed the connection unexpectedly",
            )
        };
        let conflict = || error(SerializationFailure, "could not serialize access");
        let locked = || error(Unknown, "database is locked");
        let unique = || error(UniqueViolation, "Duplicate entry '7'");
        let unknown =
            "unknown: the connection was lost during a write, which may have landed or not";
        let busy = "another transaction was in the way";
        let violated = "a unique constraint of the database was violated";
        let other = "the database returned an error";
        // On SQLite, PostgreSQL, MySQL; outside of a transaction, and inside.
        type Case<'c> = (&'c dyn Fn() -> DieselError, [[&'c str; 2]; 3]);
        let cases: [Case<'_>; 4] = [
            (&lost, [[unknown, NOTHING_LANDED]; 3]),
            // MySQL and MariaDB have left a transaction that a raw BEGIN opened, and a look at the row
            // would not show that.
            (
                &conflict,
                [
                    ["Err(GivenUp)", GIVEN_UP],
                    ["Err(GivenUp)", GIVEN_UP],
                    [GIVEN_UP; 2],
                ],
            ),
            (&locked, [[busy; 2], [other; 2], [other; 2]]),
            (&unique, [[violated; 2]; 3]),
        ];
        for (error, expected) in cases {
            for (effect, expected) in ON_EACH.into_iter().zip(expected) {
                for (in_transaction, expected) in [false, true].into_iter().zip(expected) {
                    assert_eq!(printed(effect(Err(error()), in_transaction)), expected);
                }
            }
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_was_changed_unless_the_transaction_was_given_up() {
        let conflict = error(SerializationFailure, "could not serialize access");
        let refused = error(Unknown, "permission denied for table contacts");
        for (error, zero_rows, expected) in [
            (&conflict, ZeroRows::NoRow, Found::TransactionAborted),
            (&refused, ZeroRows::GivenUp, Found::TransactionAborted),
            (&refused, ZeroRows::NoRow, Found::Unknown),
        ] {
            match unread::<Pg>(&Ann, zero_rows, error) {
                Error::ConcurrentModification(conflict) => assert_eq!(*conflict.found(), expected),
                other => panic!("no conflict: {other:?}"),
            }
        }
    }
}
