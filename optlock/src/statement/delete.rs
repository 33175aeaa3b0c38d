//! The deletes: checked, and forced.

use super::row::WalkRow;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::marker::PhantomData;

/// `DELETE FROM table WHERE key AND version = expected`, or where the key alone matches.
#[derive(Debug)]
pub struct DeleteStatement<R> {
    row: R,
}

impl<R> DeleteStatement<R> {
    pub(super) fn new(row: R) -> Self {
        Self { row }
    }
}

impl<R, DB> QueryFragment<DB> for DeleteStatement<R>
where
    R: WalkRow<DB>,
    DB: Backend,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        self.row.walk_table(out.reborrow())?;
        self.row.walk_where(out)
    }
}

/// [`DeleteStatement`] in Diesel's cache. The text depends on the row and its conditions, and on
/// nothing else.
#[derive(Debug)]
pub struct DeleteId<R>(PhantomData<R>);

impl<R: QueryId> QueryId for DeleteStatement<R> {
    type QueryId = DeleteId<R::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = R::HAS_STATIC_QUERY_ID;
}
