//! What the result of a write or a read means: decided without a connection.

use super::save::Saved;
use crate::backend::{Dialect, ErrorClass, classify, settle};
use crate::error::{AnyRow, Error, Found, Lost};
use crate::token::{VersionToken as _, VersionValue};
use crate::versioned::Versioned;
use diesel::result::{Error as DieselError, QueryResult};

/// What a write did: it matched its row, or had nothing to send; it matched no row; or it failed.
pub(crate) type Effect = Result<Result<Saved, ZeroRows>, Error>;

/// How a write came to match no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroRows {
    /// There is none with that key and that version.
    NoRow,
    /// The database gave the statement up in favour of another writer, and no transaction with it.
    /// By now the row may show what that one did.
    GivenUp,
}

/// The effect of a write of `row`, by its result.
pub(crate) fn effect_of<DB: Dialect>(
    result: QueryResult<usize>,
    row: &dyn AnyRow,
    in_transaction: bool,
) -> Effect {
    match result {
        Ok(1) => Ok(Ok(Saved::Written)),
        Ok(0) => Ok(Err(ZeroRows::NoRow)),
        Ok(rows) => Err(Error::key_not_unique(row, rows)),
        Err(error) => match (classify(&error, DB::DATABASE), in_transaction) {
            (ErrorClass::ConnectionLost, false) => Err(Error::OutcomeUnknown(Lost::unknown(error))),
            // A raw BEGIN has opened a transaction of which Diesel does not know. PostgreSQL refuses
            // the look at the row then; MySQL and MariaDB have left it, and would not.
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
