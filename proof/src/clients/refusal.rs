//! What an error says of the rows, and what it says of the call.

use super::tables::{Model, version};
use crate::history::{Requires, Row};
use crate::recorder::Part;
use optlock::{ConcurrentModification, Error, Found};

/// What a call that was refused has seen of the rows.
pub(super) fn seen<M: Model>(error: &Error) -> Vec<Part> {
    match error {
        Error::ConcurrentModification(conflict) => seen_by::<M>(conflict),
        Error::BatchConflict(batch) => {
            let conflicts = batch.conflicts().iter();
            conflicts.flat_map(|(_, row)| seen_by::<M>(row)).collect()
        }
        Error::LeaseLost(lost) => lost.conflict().map(seen_by::<M>).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The write matched no row, and then a read found another version.
fn seen_by<M: Model>(conflict: &ConcurrentModification) -> Vec<Part> {
    let Ok(key) = conflict.key().parse() else {
        return Vec::new();
    };
    let row = Row {
        table: M::TABLE,
        key,
    };
    let expected = conflict.expected().map(version);
    let missed = expected.map(|expected| Part::saw(row, Requires::NotVersion(expected)));
    let found = match conflict.found() {
        Found::Modified { version: found } | Found::Older { version: found } => {
            Requires::Version(version(found))
        }
        // An insert expects no version.
        Found::Exists { version: found } => {
            return vec![Part::saw(row, Requires::Version(version(found)))];
        }
        Found::Missing => Requires::Absent,
        // The write may have been refused by the version that it expected: the database says only that another
        // transaction was in the way.
        Found::TransactionAborted => return Vec::new(),
        _ => return missed.into_iter().collect(),
    };
    missed.into_iter().chain([Part::saw(row, found)]).collect()
}

/// The name of an answer, for the table of answers.
pub(super) fn kind(error: &Error) -> String {
    let kind = match error {
        Error::ConcurrentModification(conflict) => match conflict.found() {
            Found::Modified { .. } => "conflict: modified",
            Found::Older { .. } => "behind",
            Found::Exists { .. } => "conflict: exists",
            Found::Missing => "conflict: missing",
            Found::TransactionAborted => "conflict: transaction aborted",
            _ => "conflict: unknown",
        },
        Error::BatchConflict(_) => "conflict: batch",
        Error::MergeConflict(_) => "conflict: merge",
        Error::Refused { .. } => "refused",
        Error::OutcomeUnknown(_) => "outcome unknown",
        Error::ConnectionLost(_) => "connection lost",
        Error::ConnectionBroken => "connection broken",
        Error::TransactionLost(_) => "transaction lost",
        Error::LeaseHeld(_) => "lease held",
        Error::LeaseLost(_) => "lease lost",
        Error::Database(_) if error.outcome_unknown() => "outcome unknown: COMMIT",
        Error::Database(_) if error.is_conflict() => "database: serialization",
        Error::Database(_) if error.is_transient() => "database: lock",
        Error::Database(source) => return format!("database: {source}"),
        other => return other.without_key(),
    };
    kind.to_owned()
}

/// Does the connection live on?
pub(super) fn ends_connection(error: &Error) -> bool {
    match error {
        Error::OutcomeUnknown(_)
        | Error::ConnectionLost(_)
        | Error::ConnectionBroken
        | Error::TransactionLost(_) => true,
        // Also what optlock does not know: a new connection is cheap.
        Error::Database(_) => !error.is_transient(),
        _ => false,
    }
}
