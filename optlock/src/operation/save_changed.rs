//! A save of the changed columns.

use super::advance::Advance;
use super::effect::Saved;
use super::explain::Expected;
use super::needs::ChangesSavedOn;
use super::read::{OfVersion, Selected};
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::statement::{PartialUpdate, WrittenColumns};

/// Saves the columns of the fields that are marked in `changed`, and shows `follow` the value as it
/// will be, before anything is sent.
pub(crate) async fn save_columns<M, X>(
    model: &mut M,
    changed: Vec<bool>,
    follow: &mut impl FnMut(&M),
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: Diff + ChangesSavedOn<X>,
{
    let columns = WrittenColumns::new::<M>(changed);
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = conn.depth().is_some();
        let advance = Advance::new::<X::Backend>(model, expected.version())?;
        follow(advance.model());
        let update = advance.model().checked_update(expected.version().clone());
        let result = conn.execute_update(update.partial(columns.clone())).await;
        match advance.settle::<X::Backend>(expected.version(), result, in_transaction)? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => {
                let mut row = Selected::<_, OfVersion>::new(&mut *model);
                let row = X::row(&mut row);
                expected
                    .respell::<M::Rows, _, _>(row, zero_rows, conn)
                    .await?;
            }
        }
    }
}
