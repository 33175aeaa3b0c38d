//! `upsert_checked`.
//!
//! The version in memory says whether the row is believed to be there, so that each call is one statement: an `INSERT`
//! that writes to no row which is there, or the `UPDATE` of a save, which inserts nothing. An upsert in one statement
//! (`ON CONFLICT .. DO UPDATE`, `ON DUPLICATE KEY UPDATE`) does both, and so inserts a row again that was deleted, or
//! overwrites a row that the author of a new value has not seen.

use super::advance::Advance;
use super::effect::{ZeroRows, read_failed, unread};
use super::explain::newest;
use super::lost_row::keep_row;
use super::needs::UpsertedOn;
use super::read::{OfVersion, row_lock};
use super::save::{Follow, Nobody, save};
use super::write::write_once;
use crate::backend::{Database, Dialect, ErrorClass, classify};
use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire};
use crate::statement::{LockMode, RowLock};
use crate::token::{Unstored, VersionToken};
use crate::versioned::Versioned;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What an [`upsert_checked`](crate::VersionedDsl::upsert_checked) did.
///
/// It follows from the version that the value had before: one that was never stored is inserted, and any other saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upserted {
    /// There was no row, and it was inserted.
    Inserted,
    /// The row had the version in memory, and was saved; or the value changes nothing, as in
    /// [`save_checked`](crate::VersionedDsl::save_checked).
    Saved,
}

/// How often an insert is tried that inserts nothing where the row is there. The row may have gone each time before it
/// could be read. The insert after that fails, and its error says what is in the way.
const SKIPPED: usize = 5;

/// How often an insert fails before its error is the result. The error may be about the key, whose row has gone each time
/// before it could be read.
const FAILED: usize = 3;

/// Inserts the value if it was never stored, and saves it otherwise.
pub(crate) async fn upsert_checked<M, X>(
    model: &mut M,
    conn: &mut Wire<'_, X>,
) -> Result<Upserted, Error>
where
    X: Executes,
    M: UpsertedOn<X>,
{
    upsert(model, &mut Nobody, conn).await
}

/// Upserts. Before anything is sent, `follow` sees the value as it will be.
pub(crate) async fn upsert<M, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Upserted, Error>
where
    X: Executes,
    M: UpsertedOn<X>,
{
    if !model.version().is_unstored() {
        return save(model, follow, conn).await.map(|_| Upserted::Saved);
    }
    let mut row = Inserting {
        advance: Advance::of(model),
        follow,
        tries: 0,
        found: None,
    };
    insert(X::row(&mut row), conn).await?;
    Ok(Upserted::Inserted)
}

/// A model that is inserted.
struct Inserting<'m, M: Versioned, F> {
    advance: Advance<'m, M>,
    follow: &'m mut F,
    tries: usize,
    found: Option<M::Version>,
}

impl<M, F, X> RowRead<X, M::Version> for Inserting<'_, M, F>
where
    X: Executes,
    M: UpsertedOn<X>,
{
    fn named(&self) -> &dyn AnyRow {
        self.advance.model
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        let query = self.advance.model.query(lock);
        conn.fetch_into::<M::Rows, _>(query, lock, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        self.found.as_ref()
    }

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        row_lock::<OfVersion, M, X>().map(|row_lock| row_lock(self.advance.model))
    }
}

impl<M, F, X> RowWrite<X, M::Version> for Inserting<'_, M, F>
where
    X: Executes,
    F: Follow<M>,
    M: UpsertedOn<X>,
{
    fn in_memory(&self) -> M::Version {
        self.advance.model.version().clone()
    }

    fn write<'w>(
        &'w mut self,
        unstored: &M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        let Advance { model, before } = &mut self.advance;
        before.move_on::<X::Backend, M, F>(model, unstored, self.follow)?;
        self.follow.see(model);
        self.tries += 1;
        Ok(if self.tries <= SKIPPED {
            conn.execute(model.insert_or_skip())
        } else {
            conn.execute(model.insert_or_fail())
        })
    }

    fn lost_write(&self, unstored: &M::Version) -> Option<LostWrite> {
        self.advance.lost_write(unstored)
    }

    /// Fails if the read has found the row.
    fn after_conflict(&mut self) -> Result<(), Error> {
        match &self.found {
            Some(found) => Err(Error::exists(self.advance.model, found.describe())),
            None => Ok(()),
        }
    }

    fn next_version(&self) -> NextVersion {
        const { NextVersion::of::<M>(false) }
    }

    fn adopt(&mut self) {
        if let Some(version) = self.found.take() {
            self.advance.adopt(version);
        }
    }

    fn settle(&mut self, is_written: bool) {
        self.advance.settle(is_written);
    }
}

/// Inserts the row, unless it is there.
///
/// If no row is found in the way, it has gone since, is out of scope, or is another row that has a unique value of this one.
/// The insert is then repeated, and the error of the last one says which.
async fn insert<V, R, X>(row: &mut R, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let unstored = row.in_memory();
    let (mut skipped, mut failed) = (0, 0);
    loop {
        let obstacle = match write_once(row, &unstored, conn).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(zero_rows)) => Obstacle::Silent(zero_rows),
            // No row is kept: there may be none, and its lock would keep others from inserting it.
            Err(error) => Obstacle::of::<X::Backend>(error)?,
        };
        if let Err(error) = newest(row, |found| found.is_none(), conn).await {
            return Err(obstacle.unread::<X::Backend>(row.named(), error));
        }
        let is_free = row.after_conflict();
        is_free.map_err(|error| keep_row(error, conn, || row.row_lock()))?;
        match obstacle {
            Obstacle::Silent(_) => skipped += 1,
            Obstacle::UniqueValue(_) => failed += 1,
        }
        if skipped > SKIPPED || failed == FAILED {
            return Err(obstacle.into_error(row.named()));
        }
    }
}

/// Why a row was not inserted.
enum Obstacle {
    /// The database inserted none.
    Silent(ZeroRows),
    /// A unique value is taken.
    UniqueValue(Error),
}

impl Obstacle {
    /// Takes the error of a unique value that is taken. Any other error is the result; on PostgreSQL this one is too,
    /// because its insert skips a key that is taken without an error.
    fn of<DB: Dialect>(error: Error) -> Result<Self, Error> {
        match error {
            Error::Database(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
                if DB::DATABASE != Some(Database::Postgres) =>
            {
                Ok(Self::UniqueValue(error))
            }
            error => Err(error),
        }
    }

    /// The error if the row that is in the way could not be read.
    fn unread<DB: Dialect>(self, row: &dyn AnyRow, error: DieselError) -> Error {
        match self {
            Self::Silent(zero_rows) => unread::<DB>(row, zero_rows, &error),
            // On an enum of connections that holds PostgreSQL nothing can be read after an error in a transaction. An error
            // of another class says more than the insert's: a retry may help, or the connection is lost.
            Self::UniqueValue(taken) => match classify(&error, DB::DATABASE) {
                ErrorClass::Other => taken,
                _ => read_failed::<DB>(row, error),
            },
        }
    }

    /// The error if no row was found in the way.
    fn into_error(self, row: &dyn AnyRow) -> Error {
        match self {
            Self::Silent(ZeroRows::NoRow) => Error::refused(row, None),
            Self::Silent(ZeroRows::GivenUp) => Error::aborted(row),
            Self::UniqueValue(error) => error,
        }
    }
}
