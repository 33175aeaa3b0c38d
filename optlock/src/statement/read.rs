//! Reading one row as it is now, with or without a lock.
//!
//! A read is found in Diesel's cache by its text, and its type names no model: what Diesel does to send
//! a query is compiled once for each type of a row, and not for each model and lock. Most reads follow a
//! write that matched no row, so the text is rarely written.

use super::row::WalkRow;
use crate::backend::{Dialect, Phrase};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};
use std::fmt;
use std::marker::PhantomData;

/// How a read locks the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// No lock.
    Plain,
    /// A shared lock to the end of the transaction, on a database whose plain reads may be older than
    /// what an `UPDATE` meets; elsewhere no lock.
    Share,
    /// Like [`Share`](Self::Share), with the lock of a write: a write may follow, and two losers with
    /// shared locks would wait for each other.
    Update,
    /// A lock against other writers to the end of the transaction, on a database that locks rows.
    Exclusive,
}

impl LockMode {
    /// What follows the `SELECT`.
    fn phrase(self) -> Option<&'static Phrase> {
        match self {
            Self::Plain => None,
            Self::Share => Some(&Phrase::ShareLock),
            Self::Update => Some(&Phrase::UpdateLock),
            Self::Exclusive => Some(&Phrase::ExclusiveLock),
        }
    }
}

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

/// A statement or query whose type is not named.
pub(crate) trait Walk<DB: Backend> {
    /// Writes the text and binds the values.
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<Columns, R, DB> Walk<DB> for RowQuery<Columns, R>
where
    DB: Backend,
    Columns: QueryFragment<DB>,
    R: WalkRow<DB>,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM ");
        self.row.walk_table(out.reborrow())?;
        self.row.walk_where(out)
    }
}

/// A query of the rows `ST`, or a statement, followed by its lock. Diesel's `.for_share()` is a syntax
/// error on MariaDB, and its other locks know one database each.
pub struct Erased<'q, DB, ST = ()> {
    query: &'q dyn Walk<DB>,
    lock: LockMode,
    sql_type: PhantomData<ST>,
}

impl<'q, DB: Backend, ST> Erased<'q, DB, ST> {
    pub(crate) fn new(query: &'q dyn Walk<DB>, lock: LockMode) -> Self {
        Self {
            query,
            lock,
            sql_type: PhantomData,
        }
    }
}

impl<DB: Dialect, ST> QueryFragment<DB> for Erased<'_, DB, ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk(out.reborrow())?;
        match self.lock.phrase() {
            Some(phrase) => DB::walk_phrase(phrase, out),
            None => Ok(()),
        }
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
