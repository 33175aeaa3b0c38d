//! An error, and the precondition of the request that met it.

use super::precondition::Precondition;
use super::problem::Problem;
use super::status::status;
use crate::error::Error;
#[cfg(feature = "retry")]
use crate::retry::RetryError;
use ::http::StatusCode;
use diesel::result::Error as DieselError;
use std::error::Error as StdError;
use std::fmt;

/// An [`Error`], and the [`Precondition`] of the request that met it: what a handler returns, so that `?`
/// answers 412 where there was an `If-Match`, and 409 where there was none.
///
/// It prints as its error, and has its source: [`is_retryable`](crate::retry::is_retryable) sees a conflict
/// in it. So a [`retry`](mod@crate::retry) repeats a stale `If-Match`, which no attempt can meet, until it gives up:
/// let it repeat what [is transient](Error::is_transient) alone, by
/// `.when(|failure: &Failure| failure.error().is_transient())`.
///
/// **`?` gives an error of optlock or of Diesel no precondition**: a `require(&if_match)?` and a `save_checked(..)?`
/// behind it answer 409. So does a transaction with this error type whose COMMIT fails: the failure is then
/// `Failure::new(failure.into_error(), &if_match)`.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    precondition: Precondition,
}

impl Failure {
    /// The error of a request that had this precondition: `Failure::new(error, &if_match)`.
    pub fn new(error: impl Into<Error>, precondition: impl Into<Precondition>) -> Self {
        Self {
            error: error.into(),
            precondition: precondition.into(),
        }
    }

    /// The error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The error, without the precondition: a 412 may become a 409. `?` does not turn a failure into an [`Error`] for
    /// that reason.
    pub fn into_error(self) -> Error {
        self.error
    }

    /// The precondition of the request.
    pub fn precondition(&self) -> Precondition {
        self.precondition
    }

    /// The same error of a PUT that [may create](Precondition::may_create) the row.
    #[must_use]
    pub fn may_create(self) -> Self {
        Self {
            precondition: self.precondition.may_create(),
            ..self
        }
    }

    /// The [status](super::status()) to answer.
    pub fn status(&self) -> StatusCode {
        status(&self.error, self.precondition)
    }

    /// The problem to answer, to which a handler can add what it knows.
    pub fn problem(&self) -> Problem {
        Problem::of(&self.error, self.precondition)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

/// Without a precondition.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error, Precondition::NONE)
    }
}

/// Without a precondition.
impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::new(error, Precondition::NONE)
    }
}

/// The last failure, with its precondition. How many attempts there were is lost.
#[cfg(feature = "retry")]
impl From<RetryError<Self>> for Failure {
    fn from(error: RetryError<Self>) -> Self {
        error.into_last()
    }
}

#[cfg(feature = "tracing")]
impl<T> crate::events::Failures for Result<T, Failure> {
    fn each(&self, show: &mut dyn FnMut(&Error)) {
        if let Err(failure) = self {
            show(&failure.error);
        }
    }
}

#[cfg(all(test, feature = "retry"))]
mod tests {
    use super::*;
    use crate::error::{ConcurrentModification, Found, Lost};
    use crate::retry::is_retryable;
    use diesel::result::DatabaseErrorKind::{ClosedConnection, Unknown};
    use std::marker::PhantomData;

    fn database(message: &str) -> DieselError {
        DieselError::DatabaseError(Unknown, Box::new(message.to_owned()))
    }

    /// What `?` does, if it can.
    struct Question<E>(PhantomData<E>);

    trait CannotAsk {
        fn can_ask(&self) -> bool {
            false
        }
    }

    impl<E> CannotAsk for Question<E> {}

    impl<E: Into<Error>> Question<E> {
        fn can_ask(&self) -> bool {
            true
        }
    }

    /// It would lose the precondition, and a 412 would become a 409.
    #[test]
    fn a_question_mark_does_not_turn_a_failure_into_an_error() {
        assert!(Question::<ConcurrentModification>(PhantomData).can_ask());
        assert!(!Question::<Failure>(PhantomData).can_ask());
        assert!(!Question::<RetryError<Failure>>(PhantomData).can_ask());
    }

    #[test]
    fn a_retry_sees_the_error_in_it() {
        let missing = ConcurrentModification::new("contacts", "7".into(), None, Found::Missing);
        let lost = || DieselError::DatabaseError(ClosedConnection, Box::new(String::new()));
        for (error, expected) in [
            (Error::from(missing), true),
            (Error::Database(database("database is locked")), true),
            (Error::Database(database("no such table")), false),
            (Error::Database(lost()), false),
            (Error::OutcomeUnknown(Lost::unknown(lost())), false),
            (
                Error::PreconditionFailed {
                    table: "contacts",
                    key: "7".into(),
                    any: false,
                },
                false,
            ),
        ] {
            let (text, is_conflict) = (error.to_string(), error.is_conflict());
            let failure = Failure::new(error, Precondition::IF_MATCH);
            assert_eq!(is_retryable(&failure), expected, "{failure:?}");
            assert_eq!(failure.to_string(), text);
            assert_eq!(failure.into_error().is_conflict(), is_conflict);
        }
    }
}
