//! `delete_checked` and `force_delete`.

use super::effect::{effect_of, read_failed, still_there};
use super::explain::Expected;
use super::needs::{DeletedByForceOn, DeletedOn};
use crate::backend::Dialect;
use crate::error::Error;
use crate::executes::Execute as _;
use crate::hidden::transaction_depth;
use crate::token::VersionToken as _;
use diesel::connection::Connection;

pub(crate) fn delete_checked<M, C>(model: &M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: DeletedOn<C>,
{
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = transaction_depth(conn).is_some();
        let result = model.checked_delete(expected.version().clone()).send(conn);
        match effect_of::<C::Backend>(result, model, in_transaction)? {
            Ok(_) => return Ok(()),
            Err(zero_rows) => model.respell(&mut expected, zero_rows, conn)?,
        }
    }
}

pub(crate) fn force_delete<M, C>(model: &M, conn: &mut C) -> Result<bool, Error>
where
    C: Connection<Backend: Dialect>,
    M: DeletedByForceOn<C>,
{
    let in_transaction = transaction_depth(conn).is_some();
    let result = model.forced_delete().send(conn);
    let zero_rows = match effect_of::<C::Backend>(result, model, in_transaction)? {
        Ok(_) => return Ok(true),
        Err(zero_rows) => zero_rows,
    };
    // No row is no row: a delete meets the newest ones, whatever the snapshot.
    let left = model.newest_row(&|row| row.is_some(), conn);
    match left.map_err(|error| read_failed::<C::Backend>(model, error))? {
        Some(version) => Err(still_there(model, version.describe(), zero_rows)),
        None => Ok(false),
    }
}
