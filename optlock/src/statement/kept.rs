//! A statement whose text is written once.

use super::kept_text::push_kept;
use super::lock_mode::LockMode;
use crate::backend::Dialect;
use diesel::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// A statement for a connection that writes the text of each statement that it sends. One that has an id has the same
/// text each time, which is kept.
pub(crate) struct Kept<S>(pub(crate) S);

impl<S, DB> QueryFragment<DB> for Kept<S>
where
    DB: Dialect,
    S: QueryFragment<DB> + QueryId,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_noop(&self, backend: &DB) -> QueryResult<bool> {
        self.0.is_noop(backend)
    }

    fn to_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        push_kept(
            S::query_id().map(|id| (id, LockMode::Plain)),
            &self.0,
            out,
            backend,
        )
    }
}

impl<S: QueryId> QueryId for Kept<S> {
    type QueryId = S::QueryId;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
}
