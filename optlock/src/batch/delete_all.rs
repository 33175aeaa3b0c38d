//! `delete_all_checked`.

use super::cascade::DeleteCascading;
use super::dialect::BatchDialect;
use super::explain::Spelling;
use super::rows::Rows;
use super::same_row::SharesRow;
use super::saving::{InColumns, refuse_duplicates};
use super::strategy::{DeleteMany, Written};
use crate::error::{AnyRow, Error};
use crate::identity::Identified;
use crate::operation::{OfVersion, ReadRow};
use diesel::connection::Connection;

type Strategy<C> = <<C as Connection>::Backend as BatchDialect>::Strategy;

pub(crate) fn delete_all_checked<M, C>(models: &[M], conn: &mut C) -> Result<(), Error>
where
    C: Connection<
        Backend: BatchDialect<Strategy: DeleteMany<M, C> + DeleteCascading<M, C> + SharesRow<M, C>>,
    >,
    for<'a> &'a M: InColumns<M>,
    M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
{
    refuse_duplicates(models)?;
    if models.is_empty() {
        return Ok(());
    }
    match delete_all(models, conn) {
        // The rows are there. Perhaps they were deleted along with others.
        Err(Error::Refused { .. }) => delete_all_cascading(models, conn),
        deleted => deleted,
    }
}

/// Deletes them all or none, none of them along with others.
fn delete_all<M, C>(models: &[M], conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: BatchDialect<Strategy: DeleteMany<M, C> + SharesRow<M, C>>>,
    M: ReadRow<OfVersion, C>,
{
    let mut spelling = Spelling::of_memory();
    loop {
        let rows = Rows::unmoved(models, spelling.respelled());
        match Strategy::<C>::delete_many(&rows, conn)? {
            Written::All { .. } => return Ok(()),
            Written::NotAll => {
                return Err(Error::refused(&models[0], AnyRow::version(&models[0])));
            }
            written => spelling.correct::<Strategy<C>, _, _>(models, &written, conn)?,
        }
    }
}

/// Deletes them all or none, also where the database deletes some of them along with others.
fn delete_all_cascading<M, C>(models: &[M], conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: BatchDialect<Strategy: DeleteCascading<M, C> + SharesRow<M, C>>>,
    M: ReadRow<OfVersion, C>,
{
    let mut spelling = Spelling::of_memory();
    loop {
        let rows = Rows::unmoved(models, spelling.respelled());
        match Strategy::<C>::delete_cascading(&rows, conn)? {
            Written::All { .. } => return Ok(()),
            written => spelling.correct::<Strategy<C>, _, _>(models, &written, conn)?,
        }
    }
}
