//! Reading one row as it is now, with or without a lock.
//!
//! A read is sent as an [`Erased`](super::Erased), and so found in Diesel's cache by its text, which is kept.

use super::erased::Walk;
use super::row::WalkRow;
use crate::backend::Phrase;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use std::any::TypeId;
use std::marker::PhantomData;

/// How a read locks the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub(super) fn phrase(self) -> Option<&'static Phrase> {
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
        let is_fixed = Columns::HAS_STATIC_QUERY_ID && R::HAS_STATIC_QUERY_ID;
        is_fixed.then(TypeId::of::<RowQueryId<Columns::QueryId, R::QueryId>>)
    }
}

/// The text of a [`RowQuery`].
struct RowQueryId<Columns, R>(PhantomData<(Columns, R)>);
