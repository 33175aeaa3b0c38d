//! What a failure must say, all of it.

use diesel::result::Error::RollbackTransaction;
use optlock::{Error, Field, Found, VersionValue};
use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A row as errors name it: its table and its key.
pub(crate) type Row = (&'static str, &'static str);

pub(crate) const ANN: Row = ("contacts", "1");
pub(crate) const BOB: Row = ("contacts", "2");
pub(crate) const CID: Row = ("contacts", "3");

/// A version as a test names it: "NULL", a number, or what any other token prints.
pub(crate) fn version(text: impl Display) -> VersionValue {
    match text.to_string() {
        text if text == "NULL" => VersionValue::Null,
        text => text.parse().map_or(text.into(), VersionValue::Number),
    }
}

/// Somebody else changed the row.
#[track_caller]
pub(crate) fn modified<T: Debug>(
    result: Result<T, Error>,
    row: Row,
    expected: impl Display,
    found: impl Display,
) {
    let message = format!("was changed: expected version {expected}, found {found}");
    let found = Found::Modified {
        version: version(found),
    };
    conflict(
        &result.unwrap_err(),
        row,
        &version(expected),
        &found,
        &message,
    );
}

/// The row is older than the value.
#[track_caller]
pub(crate) fn older<T: Debug>(result: Result<T, Error>, row: Row, expected: i64, found: i64) {
    let message = format!("is behind: expected version {expected}, found the older {found}");
    let found = Found::Older {
        version: found.into(),
    };
    let error = result.unwrap_err();
    conflict(&error, row, &expected.into(), &found, &message);
}

/// Somebody else deleted the row.
#[track_caller]
pub(crate) fn missing<T: Debug>(result: Result<T, Error>, row: Row, expected: impl Display) {
    let message = format!("is gone: expected version {expected}, found no row");
    let (error, expected) = (result.unwrap_err(), version(expected));
    conflict(&error, row, &expected, &Found::Missing, &message);
}

#[track_caller]
fn conflict(
    error: &Error,
    (table, key): Row,
    expected: &VersionValue,
    found: &Found,
    message: &str,
) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("not a conflict: {error:?}");
    };
    assert_eq!(conflict.table(), table);
    assert_eq!(conflict.key(), key);
    assert_eq!(conflict.expected(), Some(expected));
    assert_eq!(conflict.found(), found);
    says(error, (table, key), message);
    let is_behind = matches!(found, Found::Older { .. });
    assert_eq!(
        (error.is_behind(), error.is_conflict()),
        (is_behind, !is_behind)
    );
    assert_eq!(error.is_missing(), *found == Found::Missing);
    assert!(!error.is_transient() && !error.outcome_unknown());
}

/// An insert found that the row was there.
#[track_caller]
pub(crate) fn exists<T: Debug>(result: Result<T, Error>, (table, key): Row, version: i64) {
    let error = result.unwrap_err();
    let Error::ConcurrentModification(conflict) = &error else {
        panic!("not a conflict: {error:?}");
    };
    let found = Found::Exists {
        version: version.into(),
    };
    assert_eq!((conflict.table(), conflict.key()), (table, key));
    assert_eq!(conflict.expected(), Some(&0.into()));
    assert_eq!(conflict.found(), &found);
    let message = format!("exists already: expected no row, found version {version}");
    says(&error, (table, key), &message);
    assert!(error.is_conflict() && !error.is_missing());
    assert!(!error.is_transient() && !error.outcome_unknown());
}

/// Somebody else changed the same fields.
#[track_caller]
pub(crate) fn merge_conflict<T: Debug>(result: Result<T, Error>, row: Row, fields: &[&str]) {
    let error = result.unwrap_err();
    let Error::MergeConflict(conflict) = &error else {
        panic!("not a merge conflict: {error:?}");
    };
    assert_eq!((conflict.table(), conflict.key()), row);
    let names: Vec<_> = conflict.fields().iter().map(Field::name).collect();
    assert_eq!(names, fields);
    let fields = fields.join(", ");
    let message = format!("was changed in the same fields by another client: {fields}");
    says(&error, row, &message);
    assert!(error.is_conflict() && !error.is_missing());
    assert!(!error.is_transient() && !error.outcome_unknown());
}

/// The message, with the key and without it.
#[track_caller]
pub(crate) fn says(error: &Error, (table, key): Row, message: &str) {
    assert_eq!(error.to_string(), format!("{table} {key} {message}"));
    assert_eq!(
        error.without_key().to_string(),
        format!("a row of {table} {message}")
    );
}

/// The user of a transaction thought better of it: see `people::changed_my_mind`.
#[track_caller]
pub(crate) fn changed_mind<T: Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(
        matches!(error, Error::Database(RollbackTransaction)),
        "{error:?}"
    );
}

/// The closure panics, with the test's own message.
#[track_caller]
pub(crate) fn panic<T>(message: &str, closure: impl FnOnce() -> T) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(closure)) else {
        panic!("went on after {message:?}");
    };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&message));
}
