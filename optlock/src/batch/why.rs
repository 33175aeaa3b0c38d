//! A batch missed rows: why?

use super::form::Written;
use crate::backend::Dialect;
use crate::operation::explain;
use crate::operation::methods::Explain;
use crate::{BatchConflict, Error};
use diesel::connection::Connection;
use diesel::result::Error as DieselError;

/// Why the transaction of a batch is rolled back.
pub(super) enum Failure {
    /// The rows at these positions were not written; or it is not known which.
    Missed(Option<Vec<usize>>),
    /// It failed.
    Error(Error),
}

impl Failure {
    /// The result of a form.
    pub(super) fn of(written: Result<Written, Error>) -> Result<(), Self> {
        match written {
            Ok(Written::All) => Ok(()),
            Ok(Written::AllBut(missed)) => Err(Self::Missed(Some(missed))),
            Ok(Written::NotAll) => Err(Self::Missed(None)),
            Err(error) => Err(Self::Error(error)),
        }
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Error(error.into())
    }
}

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
        match explain(&models[index], conn) {
            Error::ConcurrentModification(conflict) => conflicts.push((index, conflict)),
            error => other = other.or(Some(error)),
        }
    }
    match other {
        Some(error) if conflicts.is_empty() => error,
        _ => BatchConflict::new(models.len(), conflicts).into(),
    }
}
