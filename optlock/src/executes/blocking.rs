//! Diesel's own connections, which return the answer.

use super::{Executes, Fetch, Query, RowWrite, RowsOf, built, ignore};
use crate::backend::Dialect;
use crate::hidden::{count_transaction, is_in_error, set_in_error, transaction_depth};
use crate::statement::{Erased, LockMode};
use diesel::backend::Backend;
use diesel::connection::{
    Connection, LoadConnection, TransactionDepthChange, TransactionManager,
    TransactionManagerStatus,
};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::row::Row;
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

    fn forget_transaction(conn: &mut C) {
        *status(conn) = Default::default();
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
        let mut found = None;
        let read = first::<C, ST>(query, lock, conn, &mut |row| keep(row, &mut found));
        ready(read.map(|()| found))
    }

    fn fetch_into<'a>(
        query: Query<'a, Blocking<C>>,
        lock: LockMode,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Ready<QueryResult<()>> {
        *found = None;
        let keep = &mut |row: &_| keep(row, found);
        ready(first::<C, ST>(query, lock, conn, keep))
    }

    fn fetch_counted<'a>(
        query: Query<'a, Blocking<C>>,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Ready<QueryResult<usize>> {
        *found = None;
        let keep = &mut |row: &_| keep(row, found);
        ready(counted::<C, ST>(query, conn, keep))
    }

    fn fetch_all<'a>(query: Query<'a, Blocking<C>>, conn: &'a mut C) -> Ready<QueryResult<Vec<U>>> {
        let rows = load::<C, ST>(query, LockMode::Plain, conn);
        ready(rows.and_then(|rows| rows.map(built).collect()))
    }
}

/// What is done with a row, whatever it is read as: the rest of a read is compiled once.
type Keep<'k, 'c, 'q, C> =
    &'k mut dyn FnMut(&<C as LoadConnection>::Row<'c, 'q>) -> QueryResult<()>;

fn first<'c, 'q, C, ST>(
    query: Query<'q, Blocking<C>>,
    lock: LockMode,
    conn: &'c mut C,
    keep: Keep<'_, 'c, 'q, C>,
) -> QueryResult<()>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
    ST: 'static,
{
    match load::<C, ST>(query, lock, conn)?.next() {
        Some(row) => keep(&row?),
        None => Ok(()),
    }
}

/// Counts the rows, of which it keeps the first one.
fn counted<'c, 'q, C, ST>(
    query: Query<'q, Blocking<C>>,
    conn: &'c mut C,
    keep: Keep<'_, 'c, 'q, C>,
) -> QueryResult<usize>
where
    C: LoadConnection<Backend: Dialect + QueryMetadata<ST>>,
    ST: 'static,
{
    let mut rows = load::<C, ST>(query, LockMode::Plain, conn)?;
    let Some(row) = rows.next() else {
        return Ok(0);
    };
    keep(&row?)?;
    Ok(1 + rows.count())
}

fn keep<'r, DB, ST, U>(row: &impl Row<'r, DB>, found: &mut Option<U>) -> QueryResult<()>
where
    DB: Backend,
    U: FromSqlRow<ST, DB>,
{
    match U::build_from_row(row) {
        Ok(built) => {
            *found = Some(built);
            Ok(())
        }
        Err(error) => Err(DieselError::DeserializationError(error)),
    }
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
