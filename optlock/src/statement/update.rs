//! The checked update, and the net under its cached text.

use crate::text::StatementText;
use diesel::QuerySource;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::EmptyChangeset;
use diesel::result::Error::QueryBuilderError;
use diesel::result::QueryResult;
use std::fmt;
use std::marker::PhantomData;

/// `UPDATE table SET set WHERE key AND version = expected`: a save, or a touch.
pub struct CheckedUpdate<Text, T: QuerySource, Set, Where> {
    table: T::FromClause,
    set: Set,
    where_clause: Where,
    text: PhantomData<Text>,
}

impl<Text, T, Set, Where> CheckedUpdate<Text, T, Set, Where>
where
    T: QuerySource,
{
    pub(crate) fn new(table: T::FromClause, set: Set, where_clause: Where) -> Self {
        Self {
            table,
            set,
            where_clause,
            text: PhantomData,
        }
    }

    /// The same with another changeset, and so with another text.
    pub(super) fn map_set<NewText, NewSet>(
        self,
        change: impl FnOnce(Set) -> NewSet,
    ) -> CheckedUpdate<NewText, T, NewSet, Where> {
        CheckedUpdate::new(self.table, change(self.set), self.where_clause)
    }

    fn walk<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        T::FromClause: QueryFragment<DB>,
        Set: QueryFragment<DB>,
        Where: QueryFragment<DB>,
        DB: Backend,
    {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.set.walk_ast(out.reborrow())?;
        self.where_clause.walk_ast(out)
    }
}

impl<Text, T, Set, Where, DB> QueryFragment<DB> for CheckedUpdate<Text, T, Set, Where>
where
    Text: StatementText,
    T: QuerySource<FromClause: QueryFragment<DB>> + QueryId,
    Set: QueryFragment<DB>,
    Where: QueryFragment<DB> + QueryId,
    DB: Backend<QueryBuilder: 'static>,
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
        if Self::HAS_STATIC_QUERY_ID {
            same_text::assert::<DB, <Self as QueryId>::QueryId>(&Unchecked(self), out.backend())?;
        }
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

/// [`CheckedUpdate`] in Diesel's cache: what is set (in a save the model stands for it), the table and
/// the condition.
#[derive(Debug)]
pub struct UpdateId<Set, T, Where>(PhantomData<(Set, T, Where)>);

impl<Text, T, Set, Where> QueryId for CheckedUpdate<Text, T, Set, Where>
where
    Text: StatementText,
    T: QuerySource + QueryId,
    Where: QueryId,
{
    type QueryId = UpdateId<Text::Id, T::QueryId, Where::QueryId>;
    const HAS_STATIC_QUERY_ID: bool =
        Text::FIXED && T::HAS_STATIC_QUERY_ID && Where::HAS_STATIC_QUERY_ID;
}

impl<Text, T: QuerySource, Set, Where> fmt::Debug for CheckedUpdate<Text, T, Set, Where> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedUpdate").finish_non_exhaustive()
    }
}

/// The update without the comparison of texts, which would otherwise ask for itself.
#[cfg(debug_assertions)]
struct Unchecked<'s, S>(&'s S);

#[cfg(debug_assertions)]
impl<Text, T, Set, Where, DB> QueryFragment<DB>
    for Unchecked<'_, CheckedUpdate<Text, T, Set, Where>>
where
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Set: QueryFragment<DB>,
    Where: QueryFragment<DB>,
    DB: Backend,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk(out)
    }
}

/// A debug build's net under the proof that the derive makes: one id, one text.
#[cfg(debug_assertions)]
mod same_text {
    use super::super::builder::text;
    use diesel::QueryResult;
    use diesel::backend::Backend;
    use diesel::query_builder::QueryFragment;
    use std::any::TypeId;
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    static FIRST_SEEN: Mutex<Option<HashMap<(TypeId, TypeId), String>>> = Mutex::new(None);

    pub(super) fn assert<DB, Id>(
        statement: &impl QueryFragment<DB>,
        backend: &DB,
    ) -> QueryResult<()>
    where
        DB: Backend<QueryBuilder: 'static>,
        Id: 'static,
    {
        // Of the enum of `MultiConnection` it is not known here which database it holds. The same
        // model on a plain connection is compared.
        let Some(text) = text(statement, backend)? else {
            return Ok(());
        };
        let id = (TypeId::of::<Id>(), TypeId::of::<DB::QueryBuilder>());
        let mut first_seen = FIRST_SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first_seen
            .get_or_insert_default()
            .entry(id)
            .or_insert_with(|| text.clone());
        assert_eq!(
            *first,
            text,
            "two statements with different texts share the id {}: the wrong one would run. If you wrote `impl FixedText` yourself, the text is not \
             fixed; otherwise this is a bug in optlock",
            std::any::type_name::<Id>()
        );
        Ok(())
    }
}
