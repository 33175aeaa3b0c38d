//! What an error means, by its variant and by what its predicates say.

use optlock::{Error, Found};
use std::error::Error as StdError;

/// The server's own words, at the end of the chain.
pub(super) fn words(error: &Error) -> String {
    let mut last: &dyn StdError = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// The answers of `is_conflict`, `is_transient` and `outcome_unknown`.
fn predicates(error: &Error) -> [bool; 3] {
    [
        error.is_conflict(),
        error.is_transient(),
        error.outcome_unknown(),
    ]
}

#[track_caller]
fn assert_words(error: &Error, expected: &str) {
    let words = words(error);
    assert!(words.contains(expected), "{words:?} in {error:?}");
}

/// Another client's write won, and the database has given the transaction up.
#[track_caller]
pub(super) fn is_conflict(error: &Error, expected: &str) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(predicates(error), [true, true, false], "{error:?}");
    assert_words(error, expected);
}

/// The same, as a checked operation tells it.
#[track_caller]
pub(super) fn is_conflict_of_a_check(error: &Error) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(*conflict.found(), Found::TransactionAborted);
    assert_eq!((conflict.table(), conflict.key()), ("contacts", "1"));
    assert_eq!(predicates(error), [true, true, false], "{error:?}");
}

/// Nothing is known about the row, and another attempt may succeed.
#[track_caller]
pub(super) fn is_transient(error: &Error, expected: &str) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(predicates(error), [false, true, false], "{error:?}");
    assert_words(error, expected);
}

/// None of these.
#[track_caller]
pub(super) fn is_other(error: &Error, expected: &str) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(predicates(error), [false; 3], "{error:?}");
    assert_words(error, expected);
}

/// The connection was lost during a write that may have landed.
#[track_caller]
pub(super) fn is_unknown(error: &Error, expected: &str) {
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
    assert_eq!(predicates(error), [false, false, true], "{error:?}");
    assert_words(error, expected);
}

/// The connection was lost, and nothing has landed.
#[track_caller]
pub(super) fn is_lost(error: &Error, expected: &str) {
    assert!(matches!(error, Error::ConnectionLost(_)), "{error:?}");
    assert_eq!(predicates(error), [false; 3], "{error:?}");
    assert_words(error, expected);
}

/// The connection was lost at COMMIT: Diesel's own error, which the transaction returns.
#[track_caller]
pub(super) fn is_a_commit_that_may_have_landed(error: &Error, expected: &str) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(predicates(error), [false, false, true], "{error:?}");
    assert_words(error, expected);
}
