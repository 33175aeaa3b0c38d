//! What is between the BEGIN of a user's transaction and its end, but for the call of the body.

use super::open::{Failure, Open};
use super::opening::Opening;
use super::values::{PutBack, Reborrow, Values};
use crate::executes::Executes;

/// An open transaction, and the values that are put back unless it is committed.
///
/// Dropped before its end, by a panic of the body or as part of a future, the rollback comes first, and then
/// the values: the order of the fields.
pub(crate) struct Unit<'t, X: Executes, V: Values> {
    open: Open<'t, X>,
    values: PutBack<'t, V>,
}

impl<'t, X: Executes, V: Values> Unit<'t, X, V> {
    /// Begins the transaction.
    pub(crate) async fn begin<E>(
        opening: &'t Opening,
        conn: &'t mut X::Conn,
        values: &'t mut V,
    ) -> Result<Self, Failure<E>> {
        let values = PutBack::new(values);
        match Open::begin(opening, conn).await {
            Ok(open) => Ok(Self { open, values }),
            Err(error) => {
                values.keep();
                Err(Failure::Database(error))
            }
        }
    }

    /// What the body gets.
    pub(crate) fn lend(&mut self) -> (&mut X::Conn, <V as Reborrow<'_>>::Borrowed) {
        (self.open.conn(), self.values.reborrow())
    }

    /// Commits after an `Ok`, and else rolls back and puts the values back.
    pub(crate) async fn end<R, E>(self, result: Result<R, E>) -> Result<R, Failure<E>> {
        let value = self.open.end(result).await?;
        self.values.keep();
        Ok(value)
    }
}
