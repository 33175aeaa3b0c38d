//! The row as it is, locked, before a page that shows it is compared.

use super::effect::read_failed;
use super::read::{OfAll, ReadRow, lock_and_read};
use crate::error::Error;
use crate::executes::{Executes, Wire};

/// What `AlreadyInTransaction` names: a transaction that is open may have an old snapshot, and what the
/// page shows beside the row would be compared with that.
pub(crate) const SAVE_IF_UNCHANGED: &str = "`save_if_unchanged`";

/// Locks the row to the end of the transaction, and loads it.
pub(crate) async fn lock_and_load<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<M, Error>
where
    X: Executes,
    M: ReadRow<OfAll<M>, X>,
{
    let row = lock_and_read(model, conn).await;
    let row = row.map_err(|error| read_failed::<X::Backend>(model, error))?;
    row.ok_or_else(|| Error::conflict(model, None))
}
