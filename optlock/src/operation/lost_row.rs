//! A conflict keeps its row, so that a retry can lock the row before its next attempt.

use super::read::{ReadRow, Selection, row_lock};
use crate::backend::Dialect as _;
use crate::error::{Error, LostRow};
use crate::executes::{Executes, Wire};
use crate::statement::RowLock;

/// Keeps the row in the error, if that is a conflict in a transaction. Outside a transaction nobody begins anew.
pub(crate) fn keep_row<X: Executes>(
    error: Error,
    conn: &mut Wire<'_, X>,
    lock: impl FnOnce() -> Option<RowLock<X::Backend>>,
) -> Error {
    let is_of_use = cfg!(feature = "retry") && X::Backend::LOCKS_ROWS && conn.depth().is_some();
    if is_of_use {
        error.keeping_row(|| lock().map(LostRow::new))
    } else {
        error
    }
}

/// [`keep_row`] of a model.
pub(super) fn keep_row_of<What, M, X>(error: Error, model: &M, conn: &mut Wire<'_, X>) -> Error
where
    X: Executes,
    What: Selection<M>,
    M: ReadRow<What, X>,
{
    let lock = const { row_lock::<What, M, X>() };
    keep_row(error, conn, || lock.map(|lock| lock(model)))
}
