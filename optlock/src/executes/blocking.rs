//! Diesel's own connections, which return the answer.

use super::{Executes, Fetch, Query, RowWrite, RowsOf, built, ignore};
use crate::backend::Dialect;
use crate::hidden::{count_transaction, is_in_error, set_in_error, transaction_depth};
use crate::statement::{Erased, LockMode};
use diesel::connection::{
    Connection, LoadConnection, TransactionDepthChange, TransactionManager,
    TransactionManagerStatus,
};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A connection of Diesel's.
#[derive(Debug)]
pub(crate) struct Blocking<C>(PhantomData<fn() -> C>);

impl<C: Connection<Backend: Dialect>> Executes for Blocking<C> {
    type Conn = C;
    type Backend = C::Backend;
    type Sent<'a, T> = Ready<QueryResult<T>>;

    const WAITS: bool = false;

    fn can_send(conn: &mut C) -> bool {
        !is_in_error(status(conn))
    }

    fn depth(conn: &mut C) -> Option<NonZeroU32> {
        transaction_depth(status(conn))
    }

    fn count(conn: &mut C, change: TransactionDepthChange) {
        count_transaction(status(conn), change);
    }

    fn is_broken(conn: &mut C) -> bool {
        C::TransactionManager::is_broken_transaction_manager(conn)
    }

    fn give_up(conn: &mut C) {
        set_in_error(status(conn));
    }

    fn finish<T>(_sent: &mut Ready<QueryResult<T>>) {}

    fn execute<'a, S>(statement: S, conn: &'a mut C) -> Ready<QueryResult<usize>>
    where
        S: QueryFragment<C::Backend> + QueryId + 'a,
    {
        ready(conn.execute_returning_count(&statement))
    }

    fn batch_execute<'a>(sql: &'a str, conn: &'a mut C) -> Ready<QueryResult<()>> {
        ready(conn.batch_execute(sql))
    }

    fn begin(conn: &mut C) -> Ready<QueryResult<()>> {
        ready(C::TransactionManager::begin_transaction(conn))
    }

    fn commit(conn: &mut C) -> Ready<QueryResult<()>> {
        ready(C::TransactionManager::commit_transaction(conn))
    }

    fn roll_back(conn: &mut C) -> Ready<QueryResult<()>> {
        ready(C::TransactionManager::rollback_transaction(conn))
    }

    fn silence(conn: &mut C) {
        conn.set_instrumentation(ignore);
    }

    type Row<'r, V, R: RowWrite<Self, V>> = dyn RowWrite<Self, V> + 'r;

    fn row<'w, 'r, V, R>(row: &'w mut R) -> &'w mut (dyn RowWrite<Self, V> + 'r)
    where
        R: RowWrite<Self, V> + 'r,
    {
        row
    }
}

impl<C, ST: 'static, U> Fetch<Blocking<C>, U> for RowsOf<ST>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
    U: FromSqlRow<ST, C::Backend>,
{
    fn fetch<'a>(
        query: Query<'a, Blocking<C>>,
        lock: LockMode,
        conn: &'a mut C,
    ) -> Ready<QueryResult<Option<U>>> {
        ready(first::<C, ST, U>(query, lock, conn))
    }

    fn fetch_into<'a>(
        query: Query<'a, Blocking<C>>,
        lock: LockMode,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Ready<QueryResult<()>> {
        ready(first::<C, ST, U>(query, lock, conn).map(|row| *found = row))
    }

    fn fetch_counted<'a>(
        query: Query<'a, Blocking<C>>,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Ready<QueryResult<usize>> {
        ready(counted::<C, ST, U>(query, found, conn))
    }

    fn fetch_all<'a>(query: Query<'a, Blocking<C>>, conn: &'a mut C) -> Ready<QueryResult<Vec<U>>> {
        let rows = load::<C, ST>(query, LockMode::Plain, conn);
        ready(rows.and_then(|rows| rows.map(built).collect()))
    }
}

fn first<C, ST, U>(
    query: Query<'_, Blocking<C>>,
    lock: LockMode,
    conn: &mut C,
) -> QueryResult<Option<U>>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
    ST: 'static,
    U: FromSqlRow<ST, C::Backend>,
{
    load::<C, ST>(query, lock, conn)?
        .next()
        .map(built)
        .transpose()
}

fn counted<C, ST, U>(
    query: Query<'_, Blocking<C>>,
    found: &mut Option<U>,
    conn: &mut C,
) -> QueryResult<usize>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
    ST: 'static,
    U: FromSqlRow<ST, C::Backend>,
{
    let mut rows = load::<C, ST>(query, LockMode::Plain, conn)?;
    *found = rows.next().map(built).transpose()?;
    Ok(usize::from(found.is_some()) + rows.count())
}

/// Sends a query of rows `ST`. Where the types make no difference to what Diesel does, they are not named: what it
/// does is then compiled once, and not for each model.
fn load<'c, 'q, C, ST: 'static>(
    query: Query<'q, Blocking<C>>,
    lock: LockMode,
    conn: &'c mut C,
) -> QueryResult<C::Cursor<'c, 'q>>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
{
    if C::Backend::CONVERTS_ROWS {
        conn.load(Erased::<C::Backend, ST>::new(query, lock))
    } else {
        load_untyped(query, lock, conn)
    }
}

fn load_untyped<'c, 'q, C>(
    query: Query<'q, Blocking<C>>,
    lock: LockMode,
    conn: &'c mut C,
) -> QueryResult<C::Cursor<'c, 'q>>
where
    C: LoadConnection<Backend: Dialect>,
{
    conn.load(Erased::<C::Backend, Untyped>::new(query, lock))
}

fn status<C: Connection>(conn: &mut C) -> &mut TransactionManagerStatus {
    C::TransactionManager::transaction_manager_status_mut(conn)
}

/// Runs an operation on a [`Blocking`] connection, which never waits.
#[inline]
pub(crate) fn now<F: Future>(operation: F) -> F::Output {
    match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a blocking connection never waits"),
    }
}
