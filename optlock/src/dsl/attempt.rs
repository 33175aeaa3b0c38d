//! The operations on a save whose token is drawn beforehand, and on one whose answer was lost.

use crate::error::Error;
use crate::methods;
use crate::operation::{Attempt, IsAttempt, LostAttempt, Resolved, Saved};
use crate::versioned::Versioned;

/// Makes an [`Attempt`] of a value, or a [`LostAttempt`]. Nothing is sent.
pub trait MakeAttempt: Versioned + Sized {
    /// The next save of the value, with the token that it gives the row: so that its fate can be asked for even
    /// if nothing comes back, neither a result nor an error, because the future of the save is dropped.
    ///
    /// On a [`Tracked`](crate::Tracked) value it is the attempt of its model. The base does not follow, so that later
    /// saves write all columns and do not merge: [`refresh`](crate::TrackedDsl::refresh) the value after it.
    ///
    /// # Errors
    ///
    /// [`Error::VersionExhausted`]: no version follows the one in memory.
    fn attempt(&mut self) -> Result<Attempt<'_, Self>, Error> {
        Attempt::next(self)
    }

    /// The save of the value that failed with this error: an [`Error::OutcomeUnknown`] of a save, a forced save, a touch
    /// or a batch of saves. `None` for any other error, for the error of another row, and for a value whose version
    /// has moved since; also for a [`save_merged`](crate::VersionedDsl::save_merged) that was lost after it had merged.
    /// (A delete draws no token: [`lock_checked`](crate::VersionedDsl::lock_checked), in a transaction on another
    /// connection, returns a conflict that [is missing](Error::is_missing) if the row is gone.)
    ///
    /// **Leave the fields as they were, and load nothing into the value, until it is resolved**: where the token is a
    /// number or a time, the row is compared with them. So a touch of a value with other edits is
    /// [`Changed`](Resolved::Changed), although it may have landed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # fn another_connection() -> Result<SqliteConnection, optlock::Error> { Ok(establish_connection()) }
    /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// use optlock::Resolved;
    ///
    /// if let Err(error) = ann.save_checked(conn) {
    ///     let Some(mut lost) = ann.attempt_of(&error) else { return Err(error) };
    ///     match another_connection().and_then(|mut conn| lost.resolve(&mut conn)) {
    ///         Ok(Resolved::Landed(row) | Resolved::ProbablyLanded(row)) => ann = row,
    ///         _ => return Err(error),
    ///     }
    /// }
    /// # assert_eq!(ann.version, 2);
    /// # Ok(())
    /// # }
    /// ```
    fn attempt_of(&mut self, error: &Error) -> Option<LostAttempt<'_, Self>> {
        LostAttempt::of(self, error)
    }
}

impl<M: Versioned> MakeAttempt for M {}

/// The operation on an [`Attempt`], on the connection `Conn`. `Model` is the `M` of `Attempt<M>`.
pub trait AttemptDsl<Conn>: IsAttempt {
    /// Saves the value, as [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked) does, and gives the
    /// row the token of the attempt.
    ///
    /// **Sends** `UPDATE t SET <changeset>, version = token WHERE key AND version = expected`, or nothing if the value
    /// changes nothing.
    ///
    /// **In memory** the version moves on to the token if the row was written; else nothing changes. The attempt
    /// can be sent again after a failure, with its token: if both arrive, only one of them is written.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked). If the attempt has succeeded before, it
    /// is a conflict, and nothing is sent.
    fn save_checked(&mut self, conn: &mut Conn) -> Result<Saved, Error>
    where
        Self::Model: methods::Save<Conn>;
}

impl<M: Versioned, Conn> AttemptDsl<Conn> for Attempt<'_, M> {
    fn save_checked(&mut self, conn: &mut Conn) -> Result<Saved, Error>
    where
        M: methods::Save<Conn>,
    {
        methods::Save::save_attempt(self, conn)
    }
}

/// The operation on a save that may have landed, an [`Attempt`] or a [`LostAttempt`], on the connection `Conn`.
/// `Model` is their `M`.
pub trait ResolveDsl<Conn>: IsAttempt {
    /// Finds out what became of the save: by the row as it is now, on **another connection** than the one that
    /// was lost.
    ///
    /// **Sends** `SELECT .. FROM t WHERE key` and the lock of [`lock_checked`](crate::VersionedDsl::lock_checked), on
    /// SQLite a write of no row before a plain `SELECT`. It waits for each writer that holds the row. Inside a
    /// transaction the lock is held until its end. The role must be allowed to write the row.
    ///
    /// **In memory** nothing changes.
    ///
    /// What is needed: `#[derive(Diff)]`, by which the row is compared with the value. A field that is
    /// `#[optlock(ignore)]` counts for nothing.
    ///
    /// # Errors
    ///
    /// **Whatever the error is called, the save is still unknown**: [`Error::ConnectionLost`], a time-out and a conflict
    /// (in which the database has given the transaction up, at an isolation level above `READ COMMITTED`) are then about
    /// the read. It has changed nothing, so that it can be asked again.
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<Self::Model>, Error>
    where
        Self::Model: methods::Resolve<Conn>;
}

impl<M: Versioned, Conn> ResolveDsl<Conn> for Attempt<'_, M> {
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<M>, Error>
    where
        M: methods::Resolve<Conn>,
    {
        methods::Resolve::resolve(self.lost(), conn)
    }
}

impl<M: Versioned, Conn> ResolveDsl<Conn> for LostAttempt<'_, M> {
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<M>, Error>
    where
        M: methods::Resolve<Conn>,
    {
        methods::Resolve::resolve(self, conn)
    }
}
