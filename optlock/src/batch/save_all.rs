//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::explain::{Spelling, find_missed};
use super::facts::Facts;
use super::needs::{Batches, SavedTogetherOn, Saves};
use super::one_by_one;
use super::rows::Rows;
use super::saving::{Respelled, Saving, refuse_duplicates};
use super::strategy::{SaveMany, Written};
use super::together::write_together;
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
    let mut spelling = Spelling::of_memory();
    loop {
        match save_all(models, spelling.respelled(), conn).await? {
            Written::All { .. } => return Ok(()),
            written => spelling.correct(models, &written, conn).await?,
        }
    }
}

/// Saves them all or none.
async fn save_all<M, X>(
    models: &mut [M],
    respelled: &Respelled<M::Version>,
    conn: &mut Wire<'_, X>,
) -> Result<Written, Error>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: SavedTogetherOn<X>,
{
    let saving = Saving::new::<X::Backend>(models, respelled)?;
    if saving.rows().is_empty() {
        return Ok(Written::ALL);
    }
    let rows = Rows::moved(saving.rows());
    let facts = Facts::<Saves<M, X>, _>::new(&rows);
    let facts = X::see(&facts);
    let written = match write_together(facts, conn).await {
        Ok(None) => one_by_one::save(&rows, facts, conn).await,
        Ok(Some(Written::NotAll)) => find_missed(&rows, facts, conn).await,
        Ok(Some(written)) => Ok(written),
        Err(error) => Err(error),
    };
    match written {
        Ok(written) => Ok(saving.settle(written)),
        Err(Error::OutcomeUnknown(lost)) => {
            Err(Error::OutcomeUnknown(lost.with_writes(rows.writes())))
        }
        Err(error) => Err(error),
    }
}
