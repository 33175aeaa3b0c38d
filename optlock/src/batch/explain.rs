//! A batch missed rows: why?

use super::same_row::SharesRow;
use super::saving::Respelled;
use crate::backend::Dialect;
use crate::error::{AnyRow, BatchConflict, Error};
use crate::operation::{OfVersion, ReadRow, ZeroRows};
use crate::versioned::Versioned;
use diesel::connection::Connection;

/// The versions that the rows of a batch should have: those in memory, and then the rows' spelling of them.
pub(super) struct Spelling<M: Versioned> {
    respelled: Respelled<M>,
    is_second: bool,
}

impl<M: Versioned> Spelling<M> {
    /// The versions in memory.
    pub(super) fn of_memory() -> Self {
        Self {
            respelled: Respelled::<M>::new(),
            is_second: false,
        }
    }

    /// The versions that are not those in memory.
    pub(super) fn respelled(&self) -> &Respelled<M> {
        &self.respelled
    }

    /// Takes the rows' spelling of their versions, once, after a batch that missed the rows at these indices
    /// and was rolled back. Fails with what the rows have instead.
    pub(super) fn respell<Strategy, C>(
        &mut self,
        models: &[M],
        missed: &[usize],
        conn: &mut C,
    ) -> Result<(), Error>
    where
        Strategy: SharesRow<M, C>,
        M: ReadRow<OfVersion, C>,
        C: Connection<Backend: Dialect>,
    {
        let respelled = look_up_missed::<Strategy, _, _>(models, missed, conn)?;
        match missed.first() {
            Some(&first) if self.is_second => {
                let model = &models[first];
                Err(Error::refused(model, AnyRow::version(model)))
            }
            _ => {
                self.respelled = respelled;
                self.is_second = true;
                Ok(())
            }
        }
    }
}

/// Looks up why a batch missed rows. Call it after the rollback: before it, the batch's own writes
/// look like another client's.
///
/// It fails with the conflicts; or with the first of the rows that were refused, which are none. Without
/// both it returns the rows that only have another spelling of their version.
fn look_up_missed<Strategy, M, C>(
    models: &[M],
    missed: &[usize],
    conn: &mut C,
) -> Result<Respelled<M>, Error>
where
    Strategy: SharesRow<M, C>,
    M: ReadRow<OfVersion, C>,
    C: Connection<Backend: Dialect>,
{
    let mut conflicts = Vec::with_capacity(missed.len());
    let mut refusals = Vec::new();
    let mut spelled = Respelled::<M>::new();
    for &index in missed {
        let model = &models[index];
        match model.respelled(model.version(), ZeroRows::NoRow, conn) {
            Ok(version) => {
                spelled.insert(index, version);
            }
            Err(Error::ConcurrentModification(conflict)) => conflicts.push((index, conflict)),
            Err(error) => refusals.push((index, error)),
        }
    }
    if !conflicts.is_empty() {
        return Err(BatchConflict::new(models.len(), conflicts).into());
    }
    for &(index, _) in &refusals {
        if shares_its_row::<Strategy, _, _>(models, index, conn) {
            return Err(Error::duplicate_key(&models[index]));
        }
    }
    match refusals.into_iter().next() {
        Some((_, error)) => Err(error),
        None => Ok(spelled),
    }
}

/// The error of a row that was not written although it has the expected version.
pub(super) fn refusal_of<Strategy, M, C>(models: &[M], index: usize, conn: &mut C) -> Error
where
    Strategy: SharesRow<M, C>,
    M: Versioned,
{
    let model = &models[index];
    if shares_its_row::<Strategy, _, _>(models, index, conn) {
        Error::duplicate_key(model)
    } else {
        Error::refused(model, AnyRow::version(model))
    }
}

/// Was the row written by another key of the batch, which is one with its own to the database?
fn shares_its_row<Strategy, M, C>(models: &[M], index: usize, conn: &mut C) -> bool
where
    Strategy: SharesRow<M, C>,
{
    // In a transaction of which Diesel does not know, PostgreSQL answers nothing any more.
    Strategy::shares_its_row(models, index, conn).unwrap_or(false)
}
