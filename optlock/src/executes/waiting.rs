//! The connections of diesel-async, which wait for the answer.

use super::{Executes, Fetch, Query, RowWrite, RowsOf, built, ignore};
use crate::backend::Dialect;
use crate::hidden::{
    count_transaction, is_in_error, set_in_error, set_rolls_back_failed_release, transaction_depth,
};
use crate::statement::{Erased, Kept, LockMode};
use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel_async::{AsyncConnection, TransactionManager};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use std::future::Future;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, ScopedJoinHandle, Thread};

/// A connection of diesel-async.
#[derive(Debug)]
pub(crate) struct Waiting<C>(PhantomData<fn() -> C>);

/// The answer. In a box it has one type, which generic code knows to be `Send`.
type Sent<'a, T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send + 'a>>;

impl<C> Executes for Waiting<C>
where
    C: AsyncConnection<Backend: Dialect> + 'static,
{
    type Conn = C;
    type Backend = C::Backend;
    type Sent<'a, T> = Sent<'a, T>;

    const WAITS: bool = true;

    fn can_send(conn: &mut C) -> bool {
        // diesel-async does not say so in the status if a future was dropped in the BEGIN of a transaction.
        let is_known = |conn: &mut C| {
            !is_in_error(status(conn))
                && (status(conn).transaction_depth() != Ok(None) || !Self::is_broken(conn))
        };
        unless_it_panics(|| is_known(conn)).unwrap_or(false)
    }

    fn depth(conn: &mut C) -> Option<NonZeroU32> {
        unless_it_panics(|| transaction_depth(status(conn))).flatten()
    }

    fn count(conn: &mut C, change: TransactionDepthChange) {
        count_transaction(status(conn), change);
    }

    fn is_broken(conn: &mut C) -> bool {
        C::TransactionManager::is_broken_transaction_manager(conn)
    }

    fn give_up(conn: &mut C) {
        if unless_it_panics(|| set_in_error(status(conn))).is_some() {
            return;
        }
        // Another statement waits for the one that runs, and makes the connection accessible again after a panic.
        unless_it_panics(|| Self::finish(&mut Self::batch_execute("SELECT 1", conn)));
        unless_it_panics(|| set_in_error(status(conn)));
    }

    fn forget_transaction(conn: &mut C) {
        *status(conn) = Default::default();
    }

    fn finish<T>(sent: &mut Sent<'_, T>) {
        // In a thread of its own, because that of a runtime may refuse to be blocked.
        thread::scope(|scope| {
            let waiting = thread::Builder::new().spawn_scoped(scope, || wait(sent.as_mut()));
            // A panic in it is not this thread's, which may be unwinding.
            let _ = waiting.map(ScopedJoinHandle::join);
        });
    }

    fn execute<'a, S>(statement: S, conn: &'a mut C) -> Sent<'a, usize>
    where
        S: QueryFragment<C::Backend> + QueryId + 'a,
    {
        conn.execute_returning_count(Kept(statement)).boxed()
    }

    fn batch_execute<'a>(sql: &'a str, conn: &'a mut C) -> Sent<'a, ()> {
        conn.batch_execute(sql).boxed()
    }

    fn begin(conn: &mut C) -> Sent<'_, ()> {
        C::TransactionManager::begin_transaction(conn).boxed()
    }

    fn commit(conn: &mut C) -> Sent<'_, ()> {
        async move {
            if Self::depth(conn) > Some(NonZeroU32::MIN) {
                // Otherwise diesel-async no longer counts a savepoint whose RELEASE fails, and does not roll back to it:
                // the transaction around it would be lost as well.
                set_rolls_back_failed_release(status(conn), true);
            }
            let committed = C::TransactionManager::commit_transaction(conn).await;
            if committed.is_ok() {
                set_rolls_back_failed_release(status(conn), false);
            }
            committed
        }
        .boxed()
    }

    fn roll_back(conn: &mut C) -> Sent<'_, ()> {
        C::TransactionManager::rollback_transaction(conn).boxed()
    }

    fn silence(conn: &mut C) {
        conn.set_instrumentation(ignore);
    }

    type Row<'r, V, R: RowWrite<Self, V>> = R;

    fn row<'w, 'r, V, R>(row: &'w mut R) -> &'w mut R
    where
        R: RowWrite<Self, V> + 'r,
    {
        row
    }
}

impl<C, ST, U> Fetch<Waiting<C>, U> for RowsOf<ST>
where
    C: AsyncConnection<Backend: Dialect + QueryMetadata<ST>> + 'static,
    ST: 'static,
    U: FromSqlRow<ST, C::Backend> + Send + 'static,
{
    fn fetch<'a>(
        query: Query<'a, Waiting<C>>,
        lock: LockMode,
        conn: &'a mut C,
    ) -> Sent<'a, Option<U>> {
        let rows = conn.load(Erased::<C::Backend, ST>::new(query, lock));
        async move {
            let mut rows = pin!(rows.await?);
            rows.next().await.map(built).transpose()
        }
        .boxed()
    }

    fn fetch_into<'a>(
        query: Query<'a, Waiting<C>>,
        lock: LockMode,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Sent<'a, ()> {
        let row = <Self as Fetch<Waiting<C>, U>>::fetch(query, lock, conn);
        async move {
            *found = row.await?;
            Ok(())
        }
        .boxed()
    }

    fn fetch_counted<'a>(
        query: Query<'a, Waiting<C>>,
        found: &'a mut Option<U>,
        conn: &'a mut C,
    ) -> Sent<'a, usize> {
        let rows = <Self as Fetch<Waiting<C>, U>>::fetch_all(query, conn);
        async move {
            let rows = rows.await?;
            let count = rows.len();
            *found = rows.into_iter().next();
            Ok(count)
        }
        .boxed()
    }

    fn fetch_all<'a>(query: Query<'a, Waiting<C>>, conn: &'a mut C) -> Sent<'a, Vec<U>> {
        let rows = conn.load(Erased::<C::Backend, ST>::new(query, LockMode::Plain));
        async move { rows.await?.map(built).try_collect().await }.boxed()
    }
}

fn status<C: AsyncConnection>(conn: &mut C) -> &mut TransactionManagerStatus {
    C::TransactionManager::transaction_manager_status_mut(conn)
}

/// diesel-async's SQLite connection panics when it is asked for its state while a statement runs in its thread,
/// or after one has panicked there. In a destructor a second panic would abort the process.
fn unless_it_panics<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

/// Waits for a future by blocking this thread.
fn wait<F: Future + ?Sized>(mut future: Pin<&mut F>) {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    while future
        .as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_pending()
    {
        thread::park();
    }
}
