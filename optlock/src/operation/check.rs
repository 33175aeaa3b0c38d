//! `check_current` and `lock_checked`: is the version in memory still the row's, without a write?

use super::effect::{compare, read_failed};
use super::read::{OfVersion, ReadRow};
use crate::backend::Dialect;
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::statement::LockMode;
use diesel::connection::Connection;

pub(crate) fn check_current<M, C>(model: &M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    let found = model.read_row(LockMode::Plain, conn);
    compare(
        model,
        found.map_err(|error| read_failed::<C::Backend>(model, error))?,
    )
}

pub(crate) fn lock_checked<M, C>(model: &M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    if transaction_depth(conn).is_none() {
        return Err(Error::NotInTransaction);
    }
    let found = model.read_row(LockMode::Exclusive, conn);
    compare(
        model,
        found.map_err(|error| read_failed::<C::Backend>(model, error))?,
    )
}
