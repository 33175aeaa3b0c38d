//! `attempt`: a save whose token is drawn beforehand; and what became of a save whose answer was lost.

use super::effect::{Saved, read_failed};
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

/// A save of one value with the token that it gives the row, drawn before the save, by
/// [`attempt`](crate::MakeAttempt::attempt): so that its fate can be asked for even if nothing comes back.
///
/// [`save_checked`](crate::AttemptDsl::save_checked) sends it, and [`resolve`](crate::ResolveDsl::resolve) asks what
/// became of it. The chapter on [lost writes](crate::guide::lost_writes) says when.
///
/// It borrows the value, so that nobody changes what was sent before its fate is known.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
///     Resolved::Landed(row) => ann = row,
///     // The same values, by this save or another client's.
///     Resolved::ProbablyLanded(row) => ann = row,
///     // The same token again: if the first save lands late after all, this one is a conflict.
///     Resolved::NotLanded => drop(attempt.save_checked(conn)?),
///     Resolved::Changed(theirs) => println!("another client has saved {theirs:?}"),
///     Resolved::Missing => println!("the row is gone"),
/// }
/// assert_eq!(ann.version, 2);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `save_checked` or `resolve`"]
pub struct Attempt<'a, M: Versioned>(LostAttempt<'a, M>);

/// A save whose answer was lost, and which cannot be sent again: it can only be
/// [resolved](crate::ResolveDsl::resolve).
///
/// [`attempt_of`](crate::MakeAttempt::attempt_of) makes it of the error and of the value, and
/// [`Attempt::into_owned`] of an attempt whose value is put back.
#[must_use = "`resolve` returns what became of it"]
pub struct LostAttempt<'a, M: Versioned> {
    value: Held<'a, M>,
    expected: M::Version,
    next: M::Version,
}

/// What became of a save. The rows are those that the database has now, read under a lock.
///
/// Nothing changes in memory: take over the row where it landed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the write may have landed or not: match on it"]
pub enum Resolved<M> {
    /// The save landed: the row has the token that was drawn, a [unique](crate::VersionToken::UNIQUE) one. No checked
    /// write came after it; a trigger may have changed fields. This is the row.
    Landed(M),
    /// The row has the version that the save gives it, and its fields equal those of the value, but another client
    /// could have written them: the token is a number or a time. Or the database has made a version behind the expected
    /// one ([`GENERATED`](Versioned::GENERATED)), which could be another client's. This is the row.
    ///
    /// Fields that are not compared can differ: those with `#[optlock(ignore)]`, the audit stamp, and a `None` that a
    /// save leaves alone.
    ProbablyLanded(M),
    /// The row still has the version that the save expects. **It may land later**: the statement can still wait in the
    /// server, or on its way ([why](crate::guide::lost_writes#when-notlanded-is-not-final)). The save that comes next
    /// decides, because both expect the same version, so that only one of them is written.
    NotLanded,
    /// The row has another version, or other contents: another client has written it, or the database stores something
    /// else than what was sent ([`Diff`] says when). Whether this save landed before that is not known. This is
    /// the row.
    Changed(M),
    /// The row is gone, out of the model's [scope](crate::guide::scope), or a row-level policy hides it from a
    /// read that locks. Whether this save landed before that is not known.
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
        Ok(Self(LostAttempt {
            value: Held::Borrowed(value),
            expected,
            next,
        }))
    }

    /// The value whose save it is.
    pub fn value(&self) -> &M {
        &self.0.value
    }

    /// The version that the row is expected to have.
    pub fn expected(&self) -> &M::Version {
        self.0.expected()
    }

    /// The version that the save gives the row. Of a model whose versions the database makes it is the expected one, because
    /// the next one is not known before the save.
    pub fn next_version(&self) -> &M::Version {
        self.0.next_version()
    }

    /// What can be resolved, as [`ResolveDsl`](crate::ResolveDsl) does.
    pub(crate) fn lost(&mut self) -> &mut LostAttempt<'a, M> {
        &mut self.0
    }

    /// What is left of the attempt when the value is put back: it has a copy of the value, and can only be resolved.
    /// For a save inside of a transaction, where only the COMMIT may be lost. The [chapter](crate::guide::lost_writes#transactions) has an example.
    pub fn into_owned(self) -> LostAttempt<'static, M>
    where
        M: Clone,
    {
        let LostAttempt {
            value,
            expected,
            next,
        } = self.0;
        LostAttempt {
            value: Held::Owned(Box::new(M::clone(&value))),
            expected,
            next,
        }
    }
}

impl<'a, M: Versioned> LostAttempt<'a, M> {
    /// The save of the value that failed with this error.
    pub(crate) fn of(value: &'a mut M, error: &Error) -> Option<Self> {
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

    /// The version that the row was expected to have.
    pub fn expected(&self) -> &M::Version {
        &self.expected
    }

    /// The version that the save gives the row. Of a model whose versions the database makes it is the expected one, because
    /// the next one is not known before the save.
    pub fn next_version(&self) -> &M::Version {
        &self.next
    }
}

impl<M: Versioned + Diff> LostAttempt<'_, M> {
    /// What became of it, by the row as it is now.
    fn judge(&self, row: Option<M>) -> Resolved<M> {
        match row {
            None => Resolved::Missing,
            Some(row) if M::GENERATED => self.judge_generated(row),
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

    /// Nobody knows which version the database has made.
    fn judge_generated(&self, row: M) -> Resolved<M> {
        if *row.version() == self.expected {
            Resolved::NotLanded
        } else if self.wrote(&row) {
            Resolved::ProbablyLanded(row)
        } else {
            Resolved::Changed(row)
        }
    }

    /// Are the fields of the row those of the value?
    fn wrote(&self, row: &M) -> bool {
        (0..M::FIELDS.len()).all(|field| !has_changed(&*self.value, row, field))
    }
}

/// An attempt, for the traits of its operations. It seals them.
pub trait IsAttempt {
    /// The `M` of `Attempt<M>` and `LostAttempt<M>`.
    type Model: Versioned;
}

impl<M: Versioned> IsAttempt for Attempt<'_, M> {
    type Model = M;
}

impl<M: Versioned> IsAttempt for LostAttempt<'_, M> {
    type Model = M;
}

/// Sends the attempt.
pub(crate) async fn save_attempt<M, X>(
    attempt: &mut Attempt<'_, M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    // It has succeeded before.
    if attempt.value().version() != attempt.expected() {
        let found = Some(attempt.value().version().describe());
        return Err(Error::conflict(attempt, found));
    }
    let LostAttempt { value, next, .. } = attempt.lost();
    save(&mut **value, &mut Drawn(next.clone()), conn).await
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
    lost: &mut LostAttempt<'_, M>,
    conn: &mut Wire<'_, X>,
) -> Result<Resolved<M>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<M>, X> + Diff,
{
    let row = lock_and_read::<OfAll<M>, _, _, _>(&mut *lost.value, conn).await;
    match row {
        Ok(row) => Ok(lost.judge(row)),
        Err(error) => Err(read_failed::<X::Backend>(&*lost.value, error)),
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
        AnyRow::key(self.value())
    }

    fn version(&self) -> Option<VersionValue> {
        Some(self.expected().describe())
    }

    fn is_ordered(&self) -> bool {
        AnyRow::is_ordered(self.value())
    }
}

impl<M: Versioned> fmt::Debug for Attempt<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attempt").field(&self.0).finish()
    }
}

impl<M: Versioned> fmt::Debug for LostAttempt<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LostAttempt")
            .field("table", &M::TABLE_NAME)
            .field("key", &self.value.key())
            .field("expected", &self.expected.describe())
            .field("next_version", &self.next.describe())
            .finish_non_exhaustive()
    }
}
