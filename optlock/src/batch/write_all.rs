//! What a save and a delete of many rows have in common.

use super::any_batch::AnyBatch;
use super::explain::Spelling;
use super::needs::Batches;
use super::one_by_one;
use super::strategy::Written;
use super::together::write_together;
use crate::error::Error;
use crate::executes::Wire;
use crate::token::VersionToken;

/// Writes all rows or none; deletes none of them along with others.
pub(super) async fn write_all<V, B, X>(batch: &mut B, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let mut spelling = Spelling::of_memory();
    loop {
        match attempt(batch, conn).await? {
            Written::All { .. } => return Ok(()),
            Written::NotAll(missed) => spelling.correct(batch, &missed, conn).await?,
        }
    }
}

/// Writes all rows or none, and returns what was written, by the indices of the models.
async fn attempt<V, B, X>(batch: &mut B, conn: &mut Wire<'_, X>) -> Result<Written, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    if batch.move_on()? == 0 {
        return Ok(Written::ALL);
    }
    let mut made = Vec::new();
    let written = match write_together(&*batch, conn).await {
        Ok(None) => one_by_one::write(&*batch, &mut made, conn).await,
        Ok(Some(written)) => Ok(written),
        Err(error) => Err(error),
    };
    match written {
        Ok(written) => {
            batch.adopt(made);
            Ok(batch.settle(written))
        }
        Err(Error::OutcomeUnknown(lost)) => {
            Err(Error::OutcomeUnknown(lost.with_writes(batch.lost_writes())))
        }
        Err(error) => Err(error),
    }
}
