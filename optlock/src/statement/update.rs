//! The checked update, and the net under its cached text.

use super::erased::Walk;
use super::row::WalkRow;
#[cfg(debug_assertions)]
use super::same_text;
use crate::backend::Dialect;
use crate::text::StatementText;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::EmptyChangeset;
use diesel::result::Error::QueryBuilderError;
use diesel::result::QueryResult;
use std::fmt;
use std::marker::PhantomData;

/// `UPDATE table SET set WHERE key AND version = expected`: a save, or a touch.
pub struct CheckedUpdate<Text, R, Set> {
    row: R,
    set: Set,
    text: PhantomData<Text>,
}

impl<Text, R, Set> CheckedUpdate<Text, R, Set> {
    pub(crate) fn new(row: R, set: Set) -> Self {
        Self {
            row,
            set,
            text: PhantomData,
        }
    }

    pub(super) fn row(&self) -> &R {
        &self.row
    }

    /// The same with another changeset, and so with another text.
    pub(super) fn map_set<NewText, NewSet>(
        self,
        change: impl FnOnce(Set) -> NewSet,
    ) -> CheckedUpdate<NewText, R, NewSet> {
        CheckedUpdate::new(self.row, change(self.set))
    }
}

impl<Text, R, Set, DB> Walk<DB> for CheckedUpdate<Text, R, Set>
where
    R: WalkRow<DB>,
    Set: QueryFragment<DB>,
    DB: Backend,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.row.walk_table(out.reborrow())?;
        out.push_sql(" SET ");
        self.set.walk_ast(out.reborrow())?;
        self.row.walk_where(out)
    }
}

impl<Text, R, Set, DB> QueryFragment<DB> for CheckedUpdate<Text, R, Set>
where
    Text: StatementText,
    R: WalkRow<DB> + QueryId,
    Set: QueryFragment<DB>,
    DB: Dialect<QueryBuilder: 'static>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !Text::CACHED {
            // `execute` has asked before; but not on an enum of connections.
            if self.is_noop(out.backend())? {
                return Err(QueryBuilderError(Box::new(EmptyChangeset)));
            }
            out.unsafe_to_cache_prepared();
        }
        #[cfg(debug_assertions)]
        same_text::assert(self, out.backend())?;
        self.walk(out)
    }

    /// Fails if a column would be set twice.
    fn is_noop(&self, backend: &DB) -> QueryResult<bool> {
        if Text::CACHED {
            return Ok(false);
        }
        self.set.is_noop(backend)
    }
}

/// Id of a [`CheckedUpdate`] in Diesel's cache: the type of its changeset (of a save: the model), and its
/// row.
#[derive(Debug)]
pub struct UpdateId<Set, R>(PhantomData<(Set, R)>);

impl<Text, R, Set> QueryId for CheckedUpdate<Text, R, Set>
where
    Text: StatementText,
    R: QueryId,
{
    type QueryId = UpdateId<Text::Id, R::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Text::FIXED && R::HAS_STATIC_QUERY_ID;
}

impl<Text, R, Set> fmt::Debug for CheckedUpdate<Text, R, Set> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedUpdate").finish_non_exhaustive()
    }
}
