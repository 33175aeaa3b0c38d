//! Statements and queries whose types name no model: what Diesel does to send them is compiled once for a
//! database, or for each type of a row, and not for each model and lock.

use super::kept_text::push_kept;
use super::lock_mode::LockMode;
use crate::backend::Dialect;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

/// A statement or query whose type is not named.
pub trait Walk<DB: Backend> {
    /// Writes the text and binds the values.
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Names the text, if it is always the same, so that it is written once. **Two texts must not share a
    /// name**: see [`Fixed`](crate::statement::Fixed).
    fn text_id(&self) -> Option<TypeId> {
        None
    }
}

impl<DB: Backend, W: Walk<DB> + ?Sized> Walk<DB> for &W {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        (**self).walk(out)
    }

    fn text_id(&self) -> Option<TypeId> {
        (**self).text_id()
    }
}

/// A query of the rows `ST`, or a statement, followed by its lock.
pub(crate) struct Erased<'q, DB, ST = ()> {
    locked: Locked<'q, DB>,
    sql_type: PhantomData<ST>,
}

impl<'q, DB: Backend, ST> Erased<'q, DB, ST> {
    pub(crate) fn new(query: Box<dyn Walk<DB> + 'q>, lock: LockMode) -> Self {
        Self {
            locked: Locked { query, lock },
            sql_type: PhantomData,
        }
    }
}

impl<DB: Dialect, ST> QueryFragment<DB> for Erased<'_, DB, ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.locked.walk_ast(out)
    }

    fn to_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        self.locked.keep_sql(out, backend)
    }
}

/// What is written of an [`Erased`], whatever its rows: `ST` names the model, and each function that
/// knows it is compiled for each model.
///
/// Diesel's `.for_share()` is a syntax error on MariaDB, and its other locks know one database each.
struct Locked<'q, DB> {
    query: Box<dyn Walk<DB> + 'q>,
    lock: LockMode,
}

impl<DB: Dialect> QueryFragment<DB> for Locked<'_, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk(out.reborrow())?;
        match self.lock.phrase() {
            Some(phrase) => DB::walk_phrase(phrase, out),
            None => Ok(()),
        }
    }
}

impl<DB: Dialect> Locked<'_, DB> {
    /// Writes the text, which is kept if it is always the same.
    fn keep_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        let id = self.query.text_id().map(|id| (id, self.lock));
        push_kept(id, self, out, backend)
    }
}

impl<DB, ST> QueryId for Erased<'_, DB, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB, ST> Query for Erased<'_, DB, ST> {
    type SqlType = ST;
}

impl<DB, ST, Conn> RunQueryDsl<Conn> for Erased<'_, DB, ST> {}

impl<DB, ST> fmt::Debug for Erased<'_, DB, ST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erased").finish_non_exhaustive()
    }
}
