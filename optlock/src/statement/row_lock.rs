//! The lock of a row, kept for another transaction.

use super::erased::{Erased, Walk};
use super::lock_mode::LockMode;
use super::row::WalkRow;
use crate::backend::Dialect;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryId};
use std::any::TypeId;
use std::fmt;

/// A read that locks a row against other writers. It holds the row's key and scope, and no model.
pub(crate) struct RowLock<DB: Backend>(Box<dyn Walk<DB> + Send + Sync>);

impl<DB: Dialect> RowLock<DB> {
    pub(crate) fn new<R>(row: R) -> Self
    where
        R: WalkRow<DB> + QueryId + Send + Sync + 'static,
    {
        Self(Box::new(OneOf(row)))
    }

    /// The read.
    pub(crate) fn statement(&self) -> Erased<'_, DB> {
        Erased::new(Box::new(&*self.0), LockMode::Exclusive)
    }
}

impl<DB: Backend> fmt::Debug for RowLock<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowLock").finish_non_exhaustive()
    }
}

/// `SELECT 1 FROM table WHERE key`
struct OneOf<R>(R);

impl<R, DB> Walk<DB> for OneOf<R>
where
    DB: Backend,
    R: WalkRow<DB> + QueryId,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT 1 FROM ");
        self.0.walk_table(out.reborrow())?;
        self.0.walk_where(out)
    }

    fn text_id(&self) -> Option<TypeId> {
        R::HAS_STATIC_QUERY_ID.then(TypeId::of::<OneOf<R::QueryId>>)
    }
}
