//! `delete_all_checked`.

use super::any_batch::AnyBatch;
use super::cascade::delete_cascading;
use super::dialect::BatchDialect;
use super::facts::Batch;
use super::needs::{Batches, DeletedTogetherOn, Deletes};
use super::saving::{Deleting, Respelled, refuse_duplicates};
use super::strategy::DeleteMany;
use super::write_all::write_all;
use crate::error::Error;
use crate::executes::Wire;
use crate::token::VersionToken;

pub(crate) async fn delete_all_checked<M, X>(
    models: &[M],
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: DeleteMany<M, X::Backend>>>,
    M: DeletedTogetherOn<X>,
{
    refuse_duplicates(models)?;
    let mut batch = Batch::<_, Deletes<M, X>>::new(Deleting::new(models));
    delete_all(X::see(&mut batch), conn).await
}

async fn delete_all<V, B, X>(batch: &mut B, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    match write_all(batch, conn).await {
        // The rows are there. Perhaps they were deleted along with others.
        Err(Error::Refused { .. }) => {
            batch.respell(Respelled::new());
            delete_cascading(batch, conn).await
        }
        deleted => deleted,
    }
}
