//! What a check has seen, and how it is worded.

use crate::error::{ConcurrentModification, Error, Found};
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

/// Nothing that is wrong, or what is.
pub(super) type Seen = Result<(), String>;

/// An operation that has to succeed.
pub(super) fn succeeds<T>(what: &str, result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {}", told(&error)))
}

/// An error, with the database's words behind it if it has some.
fn told(error: &Error) -> String {
    match (error, std::error::Error::source(error)) {
        (Error::Database(_), Some(source)) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}

/// Two values that have to be of one row, at one version. (A scope is never printed.)
pub(super) fn is_same_row<M: Versioned>(what: &str, one: &M, other: &M) -> Seen {
    if one.key() != other.key() {
        return Err(format!(
            "{what} has the key {:?} in place of {:?}",
            one.key(),
            other.key()
        ));
    }
    if one.scope() != other.scope() {
        return Err(format!("{what} has another scope"));
    }
    has_version(what, one, other.version())
}

/// A value that has to have a version.
pub(super) fn has_version<M: Versioned>(what: &str, model: &M, expected: &M::Version) -> Seen {
    if model.version() == expected {
        return Ok(());
    }
    let (found, expected) = (model.version().describe(), expected.describe());
    Err(format!(
        "{what} has the version {found} in place of {expected}"
    ))
}

/// A checked operation by `stale`, which has to be refused because another copy, `first`, was written before it.
pub(super) fn is_refused<M: Versioned>(
    what: &str,
    result: Result<(), Error>,
    first: &M,
    stale: &M,
) -> Seen {
    let (old, new) = (stale.version().describe(), first.version().describe());
    let Err(error) = result else {
        return Err(format!(
            "{what} at version {old} was not refused, although another copy had made it {new}"
        ));
    };
    let found = Found::Modified { version: new };
    match conflict(&error) {
        Some(conflict) if *conflict.found() == found => Ok(()),
        _ => Err(format!(
            "{what} at version {old} was to find the version {}, and said: {}",
            first.version().describe(),
            told(&error)
        )),
    }
}

/// A checked operation that has to find no row.
pub(super) fn is_missing(what: &str, result: Result<(), Error>) -> Seen {
    match result {
        Err(error) if conflict(&error).is_some_and(|it| *it.found() == Found::Missing) => Ok(()),
        Err(error) => Err(format!(
            "{what} was to find no row, and said: {}",
            told(&error)
        )),
        Ok(()) => Err(format!("{what} was to find no row, and succeeded")),
    }
}

/// The conflict of one row, of a batch of one too.
fn conflict(error: &Error) -> Option<&ConcurrentModification> {
    match error {
        Error::ConcurrentModification(conflict) => Some(conflict),
        Error::BatchConflict(batch) => match batch.conflicts() {
            [(0, conflict)] => Some(conflict),
            _ => None,
        },
        _ => None,
    }
}
