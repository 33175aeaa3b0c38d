//! The deletes: checked, and forced.

use diesel::QuerySource;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::fmt;
use std::marker::PhantomData;

/// `DELETE FROM table WHERE key AND version = expected`, or where the key alone matches.
pub struct DeleteRow<T: QuerySource, Where> {
    table: T::FromClause,
    where_clause: Where,
}

impl<T: QuerySource, Where> DeleteRow<T, Where> {
    pub(super) fn new(table: T::FromClause, where_clause: Where) -> Self {
        Self {
            table,
            where_clause,
        }
    }
}

impl<T, Where, DB> QueryFragment<DB> for DeleteRow<T, Where>
where
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Where: QueryFragment<DB>,
    DB: Backend,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        self.table.walk_ast(out.reborrow())?;
        self.where_clause.walk_ast(out)
    }
}

/// [`DeleteRow`] in Diesel's cache. The text depends on the table and the condition, and on
/// nothing else.
#[derive(Debug)]
pub struct DeleteId<T, Where>(PhantomData<(T, Where)>);

impl<T, Where> QueryId for DeleteRow<T, Where>
where
    T: QuerySource + QueryId,
    Where: QueryId,
{
    type QueryId = DeleteId<T::QueryId, Where::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID && Where::HAS_STATIC_QUERY_ID;
}

impl<T: QuerySource, Where> fmt::Debug for DeleteRow<T, Where> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteRow").finish_non_exhaustive()
    }
}
