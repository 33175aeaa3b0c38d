//! A batch missed rows: why?

use crate::backend::Dialect;
use crate::operation::methods::Explain;
use crate::operation::{Miss, explain};
use crate::{BatchConflict, Error};
use diesel::connection::Connection;

/// What stands in the rows that a batch missed, asked when it has been rolled back, because until
/// then the rows that it did write look as if somebody else had.
///
/// Rows that were refused are no conflict; the first of them is the error if there is none.
pub(super) fn why<M, C>(models: &[M], missed: Vec<usize>, conn: &mut C) -> Error
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let mut conflicts = Vec::with_capacity(missed.len());
    let mut other = None;
    for index in missed {
        match explain(&models[index], Miss::NoRow, conn) {
            Error::ConcurrentModification(conflict) => conflicts.push((index, conflict)),
            error => other = other.or(Some(error)),
        }
    }
    match other {
        Some(error) if conflicts.is_empty() => error,
        _ => BatchConflict::new(models.len(), conflicts).into(),
    }
}
