//! A save of the changed columns.

use super::advance::Advance;
use super::effect::Saved;
use super::explain::Expected;
use super::needs::ChangesSavedOn;
use crate::backend::Dialect;
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::Execute as _;
use crate::hidden::transaction_depth;
use crate::statement::{PartialUpdate, WrittenColumns};
use diesel::connection::Connection;

/// Saves the columns of the fields that are marked in `changed`, and shows `follow` the value as it
/// will be, before anything is sent.
pub(crate) fn save_columns<M, C>(
    model: &mut M,
    changed: Vec<bool>,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<Saved, Error>
where
    C: Connection<Backend: Dialect>,
    M: Diff + ChangesSavedOn<C>,
{
    let columns = WrittenColumns::new::<M>(changed);
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = transaction_depth(conn).is_some();
        let advance = Advance::new::<C::Backend>(model, expected.version())?;
        follow(advance.model());
        let update = advance.model().checked_update(expected.version().clone());
        let result = update.partial(columns.clone()).send_update(conn);
        match advance.settle::<C::Backend>(result, in_transaction)? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => model.respell(&mut expected, zero_rows, conn)?,
        }
    }
}
