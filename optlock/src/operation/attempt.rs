//! `attempt`: a save whose token is drawn beforehand; and what became of a save whose answer was lost.

use super::effect::read_failed;
use super::needs::SavedOn;
use super::read::{OfAll, ReadRow, lock_and_read};
use super::save::{Follow, save};
use crate::diff::{Diff, has_changed};
use crate::error::{AnyRow, Error};
use crate::executes::{Executes, Wire};
use crate::token::{VersionToken as _, VersionValue};
use crate::versioned::Versioned;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A save of one value with the token that it gives the row: made before the save, by
/// [`attempt`](crate::MakeAttempt::attempt), or of the error of a save whose answer was lost, by
/// [`attempt_of`](crate::MakeAttempt::attempt_of).
///
/// Its operations are in [`AttemptDsl`](crate::AttemptDsl): [`save_checked`](crate::AttemptDsl::save_checked)
/// sends it, and [`resolve`](crate::AttemptDsl::resolve) asks what became of it. The chapter on [lost
/// writes](crate::guide::lost_writes) says when.
///
/// It borrows the value, so that nobody changes what was sent before its fate is known.
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Resolved;
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// ann.name = "Ann B.".to_owned();
/// let mut attempt = ann.attempt()?;
/// attempt.save_checked(conn)?; // or its answer is lost: a time-out, a dropped future, a lost connection
///
/// // .. on a new connection:
/// match attempt.resolve(conn)? {
///     Resolved::Landed(row) | Resolved::ProbablyLanded(row) => ann = row,
///     Resolved::NotLanded => ann.save_checked(conn)?,
///     Resolved::Changed(theirs) => println!("another client has saved {theirs:?}"),
///     Resolved::Missing => println!("the row is gone"),
/// }
/// assert_eq!(ann.version, 2);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `save_checked` or `resolve`"]
pub struct Attempt<'a, M: Versioned> {
    value: Held<'a, M>,
    expected: M::Version,
    next: M::Version,
}

/// What became of an [`Attempt`]. The rows are those that the database has now, read under a lock.
///
/// Nothing changes in memory: take over the row where it landed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the write may have landed or not: match on it"]
pub enum Resolved<M> {
    /// The row was written by this attempt, and by nobody since: it has the token that was drawn, a
    /// [unique](crate::VersionToken::UNIQUE) one. This is the row.
    Landed(M),
    /// The row has the version that the attempt gives it and each field that it writes, but another client could
    /// have written the same: the token is a number or a time. This is the row.
    ProbablyLanded(M),
    /// The row still has the version that the attempt expects. Nothing was written.
    ///
    /// That is final unless something between this program and the server still holds the request: a
    /// [proxy or a pooler](crate::guide::lost_writes#when-notlanded-is-not-final).
    NotLanded,
    /// The row has another version, or other contents: another client has written it. Whether the attempt
    /// landed before that is not known. This is the row.
    Changed(M),
    /// The row is gone, or out of the model's [scope](crate::guide::scope). Whether the attempt landed before that
    /// is not known.
    Missing,
}

/// The value of an attempt.
enum Held<'a, M> {
    Borrowed(&'a mut M),
    Owned(Box<M>),
}

impl<'a, M: Versioned> Attempt<'a, M> {
    /// The next save of the value.
    pub(crate) fn next(value: &'a mut M) -> Result<Self, Error> {
        let expected = value.version().clone();
        let next = value.next_version();
        let next = next.ok_or_else(|| Error::version_exhausted(value, expected.describe()))?;
        Ok(Self {
            value: Held::Borrowed(value),
            expected,
            next,
        })
    }

    /// The save of the value that failed with this error.
    pub(crate) fn lost(value: &'a mut M, error: &Error) -> Option<Self> {
        let Error::OutcomeUnknown(lost) = error else {
            return None;
        };
        let write = lost.writes().iter().find(|write| write.is_of(value))?;
        let (expected, next) = write.versions()?;
        Some(Self {
            value: Held::Borrowed(value),
            expected,
            next,
        })
    }

    /// The value whose save it is.
    pub fn value(&self) -> &M {
        &self.value
    }

    /// The version that the row is expected to have.
    pub fn expected(&self) -> &M::Version {
        &self.expected
    }

    /// The version that the attempt gives the row.
    pub fn version(&self) -> &M::Version {
        &self.next
    }

    /// The attempt with a copy of the value, which outlives the value: for a save inside of a transaction, where
    /// only the COMMIT may be lost. The [chapter](crate::guide::lost_writes#transactions) has an example.
    pub fn into_owned(self) -> Attempt<'static, M>
    where
        M: Clone,
    {
        let value = match self.value {
            Held::Borrowed(value) => Box::new(value.clone()),
            Held::Owned(value) => value,
        };
        Attempt {
            value: Held::Owned(value),
            expected: self.expected,
            next: self.next,
        }
    }
}

impl<M: Versioned + Diff> Attempt<'_, M> {
    /// What became of it, by the row as it is now.
    fn judge(&self, row: Option<M>) -> Resolved<M> {
        match row {
            None => Resolved::Missing,
            Some(row) if *row.version() == self.next => {
                if M::Version::UNIQUE {
                    Resolved::Landed(row)
                } else if self.wrote(&row) {
                    Resolved::ProbablyLanded(row)
                } else {
                    Resolved::Changed(row)
                }
            }
            Some(row) if *row.version() == self.expected => Resolved::NotLanded,
            Some(row) => Resolved::Changed(row),
        }
    }

    /// Has the row each field that the attempt writes?
    fn wrote(&self, row: &M) -> bool {
        (0..M::FIELDS.len()).all(|field| !has_changed(&*self.value, row, field))
    }
}

/// [`Attempt`], for the traits of its operations. It seals them.
pub trait IsAttempt {
    /// The `M` of `Attempt<M>`.
    type Model: Versioned;
}

impl<M: Versioned> IsAttempt for Attempt<'_, M> {
    type Model = M;
}

/// Sends the attempt.
pub(crate) async fn save_attempt<M, X>(
    attempt: &mut Attempt<'_, M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    // Made of an error, it may be the attempt of a forced or of a merged save, whose row had another version than
    // the value; or the value was saved or loaded again since.
    if *attempt.value.version() != attempt.expected {
        let found = Some(attempt.value.version().describe());
        return Err(Error::conflict(attempt, found));
    }
    let mut drawn = Drawn(attempt.next.clone());
    save(&mut *attempt.value, &mut drawn, conn).await.map(drop)
}

/// The version that a save gives its row is drawn already.
struct Drawn<V>(V);

impl<M: Versioned> Follow<M> for Drawn<M::Version> {
    fn next(&self, _value: &M) -> Option<M::Version> {
        Some(self.0.clone())
    }

    fn see(&mut self, _value: &M) {}
}

/// Reads the row under a lock, behind whatever still waits to write it.
pub(crate) async fn resolve<M, X>(
    attempt: &mut Attempt<'_, M>,
    conn: &mut Wire<'_, X>,
) -> Result<Resolved<M>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<M>, X> + Diff,
{
    let row = lock_and_read::<OfAll<M>, _, _, _>(&mut *attempt.value, conn).await;
    match row {
        Ok(row) => Ok(attempt.judge(row)),
        Err(error) => Err(read_failed::<X::Backend>(&*attempt.value, error)),
    }
}

impl<M> Deref for Held<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<M> DerefMut for Held<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

/// An attempt expects a version of its own.
impl<M: Versioned> AnyRow for Attempt<'_, M> {
    fn table(&self) -> &'static str {
        M::TABLE_NAME
    }

    fn key(&self) -> String {
        AnyRow::key(&*self.value)
    }

    fn version(&self) -> Option<VersionValue> {
        Some(self.expected.describe())
    }
}

impl<M: Versioned> fmt::Debug for Attempt<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("table", &M::TABLE_NAME)
            .field("key", &self.value.key())
            .field("expected", &self.expected.describe())
            .field("version", &self.next.describe())
            .finish_non_exhaustive()
    }
}
