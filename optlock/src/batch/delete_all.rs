//! `delete_all_checked`.

use super::cascade::delete_cascading;
use super::dialect::BatchDialect;
use super::explain::{Spelling, find_missed};
use super::facts::Facts;
use super::needs::{Batches, DeletedTogetherOn, Deletes};
use super::one_by_one;
use super::rows::Rows;
use super::saving::refuse_duplicates;
use super::strategy::{DeleteMany, Written};
use super::together::write_together;
use crate::error::{AnyRow, Error};
use crate::executes::Wire;

pub(crate) async fn delete_all_checked<M, X>(
    models: &[M],
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: DeleteMany<M, X::Backend>>>,
    M: DeletedTogetherOn<X>,
{
    refuse_duplicates(models)?;
    if models.is_empty() {
        return Ok(());
    }
    match delete_all(models, conn).await {
        // The rows are there. Perhaps they were deleted along with others.
        Err(Error::Refused { .. }) => delete_all_cascading(models, conn).await,
        deleted => deleted,
    }
}

/// Deletes them all or none, none of them along with others.
async fn delete_all<M, X>(models: &[M], conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: DeleteMany<M, X::Backend>>>,
    M: DeletedTogetherOn<X>,
{
    let mut spelling = Spelling::of_memory();
    loop {
        let rows = Rows::unmoved(models, spelling.respelled());
        let facts = Facts::<Deletes<M, X>, _>::new(&rows);
        let facts = X::see(&facts);
        let written = match write_together(facts, conn).await? {
            None => one_by_one::delete(&rows, facts, conn).await?,
            Some(Written::NotAll) => find_missed(&rows, facts, conn).await?,
            Some(written) => written,
        };
        match written {
            Written::All { .. } => return Ok(()),
            Written::NotAll => {
                return Err(Error::refused(&models[0], AnyRow::version(&models[0])));
            }
            written => spelling.correct(models, &written, conn).await?,
        }
    }
}

/// Deletes them all or none, also where the database deletes some of them along with others.
async fn delete_all_cascading<M, X>(models: &[M], conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: DeleteMany<M, X::Backend>>>,
    M: DeletedTogetherOn<X>,
{
    let mut spelling = Spelling::of_memory();
    loop {
        let rows = Rows::unmoved(models, spelling.respelled());
        let facts = Facts::<Deletes<M, X>, _>::new(&rows);
        match delete_cascading(&rows, X::see(&facts), conn).await? {
            Written::All { .. } => return Ok(()),
            written => spelling.correct(models, &written, conn).await?,
        }
    }
}
