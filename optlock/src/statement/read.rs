//! Reading one row as it is now, with or without a lock.
//!
//! A read is sent as an [`Erased`](super::Erased), and so found in Diesel's cache by its text, which is kept.

use super::erased::Walk;
use super::row::WalkRow;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use std::any::TypeId;
use std::marker::PhantomData;

/// `SELECT columns FROM table WHERE key`
pub(crate) struct RowQuery<Columns, R> {
    columns: Columns,
    row: R,
}

impl<Columns, R> RowQuery<Columns, R> {
    pub(crate) fn new(columns: Columns, row: R) -> Self {
        Self { columns, row }
    }
}

impl<Columns, R, DB> Walk<DB> for RowQuery<Columns, R>
where
    DB: Backend,
    Columns: QueryFragment<DB> + QueryId,
    R: WalkRow<DB> + QueryId,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM ");
        self.row.walk_table(out.reborrow())?;
        self.row.walk_where(out)
    }

    fn text_id(&self) -> Option<TypeId> {
        if Columns::HAS_STATIC_QUERY_ID && R::HAS_STATIC_QUERY_ID {
            Some(TypeId::of::<RowQueryId<Columns::QueryId, R::QueryId>>())
        } else {
            None
        }
    }
}

/// The text of a [`RowQuery`].
struct RowQueryId<Columns, R>(PhantomData<(Columns, R)>);
