//! A batch missed rows: why?

use super::one_by_one::SharesRow;
use super::saving::Respelled;
use crate::backend::Dialect;
use crate::error::{BatchConflict, Error};
use crate::operation::{OfVersion, ReadRow, ZeroRows, respelled};
use crate::versioned::Versioned;
use diesel::connection::Connection;
use std::ops::Deref;

/// Writes all rows or none by `write`, which returns the indices of those that it missed. If all of
/// these have the expected version in another spelling, writes once more with theirs.
pub(super) fn at_each_spelling<Strategy, B, M, C>(
    mut models: B,
    conn: &mut C,
    mut write: impl FnMut(&mut B, &Respelled<M>, &mut C) -> Result<Vec<usize>, Error>,
) -> Result<(), Error>
where
    Strategy: SharesRow<M, C>,
    B: Deref<Target = [M]>,
    M: ReadRow<OfVersion, C>,
    C: Connection<Backend: Dialect>,
{
    let missed = write(&mut models, &Respelled::<M>::new(), conn)?;
    if missed.is_empty() {
        return Ok(());
    }
    let respelled = why::<Strategy, _, _>(&models, missed, conn)?;
    let missed = write(&mut models, &respelled, conn)?;
    let Some(&first) = missed.first() else {
        return Ok(());
    };
    why::<Strategy, _, _>(&models, missed, conn)?;
    let model = &models[first];
    Err(Error::refused(model, model.version()))
}

/// Looks up why a batch missed rows. Call it after the rollback: before it, the batch's own writes
/// look like somebody else's.
///
/// It fails with the conflicts; or with the first of the rows that were refused, which are none. Without
/// both it returns the rows that only have another spelling of their version.
fn why<Strategy, M, C>(
    models: &[M],
    missed: Vec<usize>,
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
    for index in missed {
        let model = &models[index];
        match respelled(model, model.version(), ZeroRows::NoRow, conn) {
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
    let is_twice = |&index: &usize| shares_its_row::<Strategy, _, _>(models, index, conn);
    if let Some(twice) = refusals.iter().map(|(index, _)| *index).find(is_twice) {
        return Err(Error::duplicate_key(&models[twice]));
    }
    match refusals.into_iter().next() {
        Some((_, error)) => Err(error),
        None => Ok(spelled),
    }
}

/// The error of a row that has the expected version, and was not written all the same.
pub(super) fn why_refused<Strategy, M, C>(models: &[M], index: usize, conn: &mut C) -> Error
where
    Strategy: SharesRow<M, C>,
    M: Versioned,
{
    let model = &models[index];
    if shares_its_row::<Strategy, _, _>(models, index, conn) {
        Error::duplicate_key(model)
    } else {
        Error::refused(model, model.version())
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
