//! Reading a row as it is now, with or without a lock.

use super::scoped::Scoped;
use crate::backend::{Dialect, Phrase};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};
use std::marker::PhantomData;

/// How a [`Read`] locks the row: [`Plain`], [`Share`], [`ForUpdate`] or [`Exclusive`].
pub trait Lock: sealed::Sealed + 'static {
    /// Writes what follows the `SELECT`.
    fn walk_lock<DB: Dialect>(out: AstPass<'_, '_, DB>) -> QueryResult<()>;
}

/// No lock.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// A shared lock to the end of the transaction, on a database whose plain reads may be older than
/// what an `UPDATE` meets; elsewhere no lock.
#[derive(Debug, Clone, Copy)]
pub struct Share;

/// Like [`Share`], with the lock of a write: a write may follow, and two losers with shared locks
/// would wait for each other.
#[derive(Debug, Clone, Copy)]
pub struct ForUpdate;

/// A lock against other writers to the end of the transaction, on a database that locks rows.
#[derive(Debug, Clone, Copy)]
pub struct Exclusive;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Plain {}
    impl Sealed for super::Share {}
    impl Sealed for super::ForUpdate {}
    impl Sealed for super::Exclusive {}
}

impl Lock for Plain {
    fn walk_lock<DB: Dialect>(_out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl Lock for Share {
    fn walk_lock<DB: Dialect>(out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::ShareLock, out)
    }
}

impl Lock for ForUpdate {
    fn walk_lock<DB: Dialect>(out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::UpdateLock, out)
    }
}

impl Lock for Exclusive {
    fn walk_lock<DB: Dialect>(out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::ExclusiveLock, out)
    }
}

/// A `SELECT`, followed by its lock. Diesel's `.for_share()` is a syntax error on MariaDB, and
/// its other locks know one database each.
#[derive(Debug, Clone, Copy)]
pub struct Read<Q, L> {
    query: Q,
    lock: PhantomData<L>,
}

impl<Q, Condition, L> Read<Scoped<Q, Condition>, L> {
    pub(crate) fn new(query: Q, condition: Condition) -> Self {
        Self {
            query: Scoped::new(query, condition),
            lock: PhantomData,
        }
    }
}

impl<Q, L, DB> QueryFragment<DB> for Read<Q, L>
where
    DB: Dialect,
    Q: QueryFragment<DB>,
    L: Lock,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        L::walk_lock(out)
    }
}

/// [`Read`] in Diesel's cache.
#[derive(Debug)]
pub struct ReadId<Q, L>(PhantomData<(Q, L)>);

impl<Q: QueryId, L: Lock> QueryId for Read<Q, L> {
    type QueryId = ReadId<Q::QueryId, L>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query, L> Query for Read<Q, L> {
    type SqlType = Q::SqlType;
}

impl<Q, L, Conn> RunQueryDsl<Conn> for Read<Q, L> {}
