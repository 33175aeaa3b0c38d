//! What is between the BEGIN of a user's transaction and its end, but for the call of the body.

use super::open::{Failure, Open};
use super::opening::Opening;
use super::values::{PutBack, Reborrow, Values};
use crate::executes::Executes;
use diesel::result::Error as DieselError;

/// An open transaction, and the values that are put back unless it is committed.
///
/// Dropped before its end, by a panic of the body or as part of a future, the rollback comes first, and then
/// the values: the order of the fields.
pub(crate) struct Unit<'t, X: Executes, V: Values> {
    open: Open<'t, X>,
    values: PutBack<'t, V>,
}

impl<'t, X: Executes, V: Values> Unit<'t, X, V> {
    /// The transaction is not begun yet.
    #[inline]
    pub(crate) fn new(opening: &'t Opening, conn: &'t mut X::Conn, values: &'t mut V) -> Self {
        Self {
            open: Open::new(opening, conn),
            values: PutBack::new(values),
        }
    }

    /// Begins the transaction.
    pub(crate) async fn begin(&mut self) -> Result<(), DieselError> {
        let begun = self.open.begin().await;
        if begun.is_err() {
            self.values.keep();
        }
        begun
    }

    /// Locks the rows of the opening, before the body.
    pub(crate) async fn lock_rows<E>(&mut self) -> Result<(), Failure<E>> {
        let locked = self.open.lock_rows().await;
        if locked.is_err() {
            self.values.keep();
        }
        locked
    }

    /// What the body gets.
    pub(crate) fn lend(&mut self) -> (&mut X::Conn, <V as Reborrow<'_>>::Borrowed) {
        (self.open.conn(), self.values.reborrow())
    }

    /// Commits, or rolls back. Dropped after that, it puts the values back unless they were committed.
    pub(crate) async fn end(&mut self, commits: bool) -> Result<(), DieselError> {
        let ended = self.open.end(commits).await;
        if commits && ended.is_ok() {
            self.values.keep();
        }
        ended
    }
}
