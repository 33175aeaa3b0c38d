//! `check_current` and `lock_checked`: is the version in memory still the row's, without a write?

use super::effect::{compare, read_failed};
use super::lock::lock_row;
use super::lost_row::keep_row_of;
use super::read::{OfVersion, ReadRow, read};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::statement::LockMode;

pub(crate) async fn check_current<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
{
    let found = read(model, LockMode::Plain, conn).await;
    let found = found.map_err(|error| read_failed::<X::Backend>(model, error));
    let compared = found.and_then(|found| compare(model, found));
    compared.map_err(|error| keep_row_of::<OfVersion, M, X>(error, model, conn))
}

pub(crate) async fn lock_checked<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
{
    conn.check()?;
    if conn.depth().is_none() {
        return Err(Error::NotInTransaction);
    }
    let found = lock_row::<OfVersion, M, X>(model, conn).await;
    let compared = found.and_then(|found| compare(model, Some(found)));
    compared.map_err(|error| keep_row_of::<OfVersion, M, X>(error, model, conn))
}
