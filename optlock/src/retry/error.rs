//! The end of a retry that did not succeed.

use crate::error::Error;
use diesel::result::Error as DieselError;
use std::fmt;

/// The error of the last attempt, and how many there were.
///
/// Its `source()` is that error. `?` turns it into an [`optlock::Error`](Error) or a
/// `diesel::result::Error`, if the body returns one of them, which is then the last error itself;
/// into `anyhow::Error` or `Box<dyn Error>` it goes as it is. For another type of your own:
/// `.map_err(RetryError::into_last)?`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # diesel::update(contacts::table).set(contacts::version.eq(5)).execute(conn)?;
/// use optlock::retry::Policy;
///
/// // This saves what it has not loaded: another attempt meets the same conflict.
/// let policy = Policy::new().attempts(3);
/// let error = optlock::retry(policy, conn, |conn| {
///     Contact { id: 1, name: "Ann B.".into(), email: None, version: 1 }.save_checked(conn)
/// })
/// .unwrap_err();
/// assert_eq!(error.attempts(), 3);
/// assert_eq!(error.to_string(), "gave up after 3 attempts");
/// assert_eq!(error.last().to_string(), "contacts 1 was changed: expected version 1, found 5");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryError<E> {
    last: E,
    attempts: u32,
}

impl<E> RetryError<E> {
    pub(super) fn new(last: E, attempts: u32) -> Self {
        Self { last, attempts }
    }

    /// How many attempts there were. None, if a transaction was open already.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The error of the last one.
    pub fn last(&self) -> &E {
        &self.last
    }

    /// The error of the last one.
    pub fn into_last(self) -> E {
        self.last
    }
}

impl<E> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempts {
            0 => f.write_str("made no attempt"),
            1 => f.write_str("gave up after the first attempt"),
            attempts => write!(f, "gave up after {attempts} attempts"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.last)
    }
}

impl<E: Into<Error>> From<RetryError<E>> for Error {
    /// The last error. How many attempts there were is lost.
    fn from(error: RetryError<E>) -> Self {
        error.last.into()
    }
}

impl<E: Into<DieselError>> From<RetryError<E>> for DieselError {
    /// The last error. How many attempts there were is lost.
    fn from(error: RetryError<E>) -> Self {
        error.last.into()
    }
}
