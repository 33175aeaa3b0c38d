//! The checked update, and the net under its cached text.

use super::read::Walk;
use super::row::WalkRow;
use crate::backend::Dialect;
use crate::text::StatementText;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::EmptyChangeset;
use diesel::result::Error::QueryBuilderError;
use diesel::result::QueryResult;
#[cfg(debug_assertions)]
use std::any::type_name;
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
        if Self::HAS_STATIC_QUERY_ID {
            let id = Self::query_id().map(|id| (id, type_name::<<Self as QueryId>::QueryId>()));
            same_text::assert::<DB>(self, id, out.backend())?;
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

/// [`CheckedUpdate`] in Diesel's cache: what is set (in a save the model stands for it), and the row.
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

/// A debug build's net under the proof that the derive makes: one id, one text.
#[cfg(debug_assertions)]
mod same_text {
    use super::Walk;
    use crate::backend::Dialect;
    use crate::statement::builder::text;
    use crate::statement::read::{Erased, LockMode};
    use diesel::QueryResult;
    use std::any::TypeId;
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    static FIRST_SEEN: Mutex<Option<HashMap<(TypeId, TypeId), String>>> = Mutex::new(None);

    pub(super) fn assert<DB>(
        statement: &dyn Walk<DB>,
        id: Option<(TypeId, &'static str)>,
        backend: &DB,
    ) -> QueryResult<()>
    where
        DB: Dialect<QueryBuilder: 'static>,
    {
        let Some((id, name)) = id else {
            return Ok(());
        };
        // Of the enum of `MultiConnection` it is not known here which database it holds. The same
        // model on a plain connection is compared.
        let statement = Erased::<DB>::new(statement, LockMode::Plain);
        let Some(text) = text(&statement, backend)? else {
            return Ok(());
        };
        let id = (id, TypeId::of::<DB::QueryBuilder>());
        let mut first_seen = FIRST_SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first_seen
            .get_or_insert_default()
            .entry(id)
            .or_insert_with(|| text.clone());
        assert_eq!(
            *first, text,
            "two statements with different texts share the id {name}: the wrong one would run. If you wrote `impl FixedText` yourself, the text is not \
             fixed; otherwise this is a bug in optlock",
        );
        Ok(())
    }
}
