//! A batch missed rows: why?

use super::one_by_one::SharesRow;
use crate::backend::Dialect;
use crate::operation::methods::Explain;
use crate::operation::{Miss, explain, refused};
use crate::{BatchConflict, Error, Versioned};
use diesel::connection::Connection;

/// Reads the rows that a batch missed, and returns its error. Asked when the batch has been rolled back:
/// until then the rows that it did write look as if somebody else had written them.
///
/// Rows that were refused are no conflict; the first of them is the error if there is none.
pub(super) fn why<Form, M, C>(models: &[M], missed: Vec<usize>, conn: &mut C) -> Error
where
    Form: SharesRow<M, C>,
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let mut conflicts = Vec::with_capacity(missed.len());
    let mut refusals = Vec::new();
    for index in missed {
        match explain(&models[index], Miss::NoRow, conn) {
            Error::ConcurrentModification(conflict) => conflicts.push((index, conflict)),
            error => refusals.push((index, error)),
        }
    }
    if conflicts.is_empty() {
        let is_twice = |&index: &usize| shares_its_row::<Form, _, _>(models, index, conn);
        if let Some(twice) = refusals.iter().map(|(index, _)| *index).find(is_twice) {
            return Error::duplicate_key(&models[twice]);
        }
        if let Some((_, error)) = refusals.into_iter().next() {
            return error;
        }
    }
    BatchConflict::new(models.len(), conflicts).into()
}

/// The error of a row that has the expected version, and was not written all the same.
pub(super) fn why_refused<Form, M, C>(models: &[M], index: usize, conn: &mut C) -> Error
where
    Form: SharesRow<M, C>,
    M: Versioned,
{
    let model = &models[index];
    if shares_its_row::<Form, _, _>(models, index, conn) {
        Error::duplicate_key(model)
    } else {
        refused(model, model.version())
    }
}

/// Was the row written by another key of the batch, which is one with its own to the database?
fn shares_its_row<Form, M, C>(models: &[M], index: usize, conn: &mut C) -> bool
where
    Form: SharesRow<M, C>,
{
    // In a transaction of which Diesel does not know, PostgreSQL answers nothing any more.
    Form::shares_its_row(models, index, conn).unwrap_or(false)
}
