//! A batch missed rows: why?

use super::rows::Respelled;
use crate::backend::Dialect;
use crate::operation::methods::Explain;
use crate::operation::{Miss, refused, respelled};
use crate::{BatchConflict, Error};
use diesel::connection::Connection;
use std::ops::Deref;

/// Writes all rows or none by `write`, which returns the indices of those that it missed. If all of
/// these have the expected version in another spelling, writes once more with theirs.
pub(super) fn at_each_spelling<B, M, C>(
    mut models: B,
    conn: &mut C,
    mut write: impl FnMut(&mut B, &Respelled<M>, &mut C) -> Result<Vec<usize>, Error>,
) -> Result<(), Error>
where
    B: Deref<Target = [M]>,
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let missed = write(&mut models, &Respelled::<M>::new(), conn)?;
    if missed.is_empty() {
        return Ok(());
    }
    let respelled = why(&models, missed, conn)?;
    let missed = write(&mut models, &respelled, conn)?;
    let Some(&first) = missed.first() else {
        return Ok(());
    };
    why(&models, missed, conn)?;
    let model = &models[first];
    Err(refused(model, model.version()))
}

/// Looks up why a batch missed rows. Call it after the rollback: before it, the batch's own writes
/// look like somebody else's.
///
/// It fails with the conflicts; or with the first of the rows that were refused, which are none. Without
/// both it returns the rows that only have another spelling of their version.
fn why<M, C>(models: &[M], missed: Vec<usize>, conn: &mut C) -> Result<Respelled<M>, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let mut conflicts = Vec::with_capacity(missed.len());
    let mut other = None;
    let mut spelled = Respelled::<M>::new();
    for index in missed {
        let model = &models[index];
        match respelled(model, model.version(), Miss::NoRow, conn) {
            Ok(version) => {
                spelled.insert(index, version);
            }
            Err(Error::ConcurrentModification(conflict)) => conflicts.push((index, conflict)),
            Err(error) => other = other.or(Some(error)),
        }
    }
    match other {
        Some(error) if conflicts.is_empty() => Err(error),
        None if conflicts.is_empty() => Ok(spelled),
        _ => Err(BatchConflict::new(models.len(), conflicts).into()),
    }
}
