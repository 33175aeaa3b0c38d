//! What is said of a connection or a transaction that was lost.

use super::lost_write::LostWrite;
use diesel::result::Error as DieselError;
use std::error::Error as StdError;
use std::fmt;

/// Diesel's error where a connection or a transaction was lost, and whether what was written may have
/// landed all the same.
///
/// It is the `source()` of [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown),
/// [`Error::ConnectionLost`](crate::Error::ConnectionLost) and
/// [`Error::TransactionLost`](crate::Error::TransactionLost), and prints as Diesel's error. Nothing is
/// repeated because of it: [`is_retryable`](crate::retry::is_retryable) looks no further.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// use optlock::Error;
///
/// let result = optlock::transaction(conn, &mut ann, |conn, ann| {
///     ann.save_checked(conn)?;
///     diesel::sql_query("ROLLBACK").execute(conn)?; // never do that
///     Ok(())
/// });
/// let Err(Error::TransactionLost(lost)) = result else { panic!("it was rolled back") };
/// assert!(lost.may_have_landed()); // it could have been a COMMIT
/// assert_eq!(lost.diesel().to_string(), "cannot commit - no transaction is active");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Lost {
    error: DieselError,
    may_have_landed: bool,
    writes: Vec<LostWrite>,
}

impl Lost {
    /// What was written may have landed.
    pub(crate) fn unknown(error: DieselError) -> Self {
        Self {
            error,
            may_have_landed: true,
            writes: Vec::new(),
        }
    }

    /// These writes may have landed.
    pub(crate) fn with_writes(self, writes: Vec<LostWrite>) -> Self {
        Self { writes, ..self }
    }

    /// Nothing has landed.
    pub(crate) fn nothing_landed(error: DieselError) -> Self {
        Self {
            error,
            may_have_landed: false,
            writes: Vec::new(),
        }
    }

    /// Diesel's error.
    pub fn diesel(&self) -> &DieselError {
        &self.error
    }

    /// May what was written have landed? [`Error::outcome_unknown`](crate::Error::outcome_unknown)
    /// returns the same.
    pub fn may_have_landed(&self) -> bool {
        self.may_have_landed
    }

    /// What the writes of versioned values would have made of their rows, as far as that is known.
    pub(crate) fn writes(&self) -> &[LostWrite] {
        &self.writes
    }

    /// How a transaction was lost.
    pub(super) fn reason(&self) -> &'static str {
        if self.may_have_landed {
            "the transaction had ended before its COMMIT, by a statement in it (DDL, a raw COMMIT or \
             ROLLBACK) or by an error that was not returned: it may have landed or not"
        } else {
            "the database had rolled the transaction back before its COMMIT, because of an error in \
             it that was not returned"
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl StdError for Lost {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}
