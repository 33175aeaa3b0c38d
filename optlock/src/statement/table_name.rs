//! The table of a model, where the type of the statement does not name it.

use super::erased::Walk;
use diesel::QuerySource;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

/// The table of a model.
pub(crate) struct TableName<T: QuerySource>(T::FromClause);

impl<T: QuerySource + Default> TableName<T> {
    pub(crate) fn new() -> Self {
        Self(T::default().from_clause())
    }
}

impl<T, DB> Walk<DB> for TableName<T>
where
    DB: Backend,
    T: QuerySource<FromClause: QueryFragment<DB>>,
{
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
