//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::facts::Batch;
use super::needs::{Batches, SavedTogetherOn, Saves};
use super::saving::{Saving, refuse_duplicates};
use super::strategy::SaveMany;
use super::write_all::write_all;
use crate::error::Error;
use crate::executes::Wire;

pub(crate) async fn save_all_checked<M, X>(
    models: &mut [M],
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: SavedTogetherOn<X>,
{
    refuse_duplicates(models)?;
    let mut batch = Batch::<_, Saves<M, X>>::new(Saving::new(models));
    write_all(X::see(&mut batch), conn).await
}
