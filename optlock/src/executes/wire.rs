//! A connection, and whether an answer is due on it.

use super::{Execute, ExecuteUpdate, Executes, Fetch, Query, Returned};
use crate::backend::{Database, Dialect as _};
use crate::statement::{Erased, LockMode};
use diesel::connection::TransactionDepthChange;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A connection, and whether an answer is due on it: something was sent, and the future that waits for the
/// answer was not polled to its end.
///
/// Nothing is sent through a connection whose transactions are in error. Dropped while an answer is due, it
/// sets a connection in error whose next statement would take that answer for its own
/// ([`LOSES_STEP`](crate::backend::Dialect::LOSES_STEP)).
pub(crate) struct Wire<'c, X: Executes> {
    conn: &'c mut X::Conn,
    is_answer_due: bool,
    /// Is the connection lost with the answer?
    loses_step: bool,
}

impl<'c, X: Executes> Wire<'c, X> {
    pub(crate) fn new(conn: &'c mut X::Conn) -> Self {
        Self {
            conn,
            is_answer_due: false,
            loses_step: X::Backend::LOSES_STEP,
        }
    }

    /// For statements without whose answers nobody knows what is open: dropped while one is due, it sets the
    /// connection in error on each database.
    pub(crate) fn in_step(conn: &'c mut X::Conn) -> Self {
        Self {
            conn,
            is_answer_due: false,
            loses_step: true,
        }
    }

    /// The connection itself.
    pub(crate) fn conn(&mut self) -> &mut X::Conn {
        self.conn
    }

    /// How many of Diesel's transactions are open, or `None`.
    pub(crate) fn depth(&mut self) -> Option<NonZeroU32> {
        X::depth(self.conn)
    }

    /// Tells Diesel of a transaction that was begun or ended by [`batch_execute`](Self::batch_execute).
    pub(crate) fn count(&mut self, change: TransactionDepthChange) {
        X::count(self.conn, change);
    }

    /// Is the only open transaction that of `begin_test_transaction`? Diesel shows it by not calling a
    /// pooled connection broken that is given back with it.
    pub(crate) fn is_test_transaction(&mut self) -> bool {
        self.depth() == Some(NonZeroU32::MIN) && !X::is_broken(self.conn)
    }

    /// Sends a statement. Its answer is the number of rows that it has written.
    pub(crate) fn execute<'w, S>(&'w mut self, statement: S) -> Answer<'w, X, usize>
    where
        S: Execute<X> + 'w,
    {
        let sent = look::<X>(self.conn).map(|()| statement.send(self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sends an update, unless it sets nothing, or a column twice. Diesel is not given such a statement:
    /// it would first show it to the user's log, and a text that cannot be written makes `to_string`
    /// panic.
    pub(crate) fn execute_update<'w, S>(&'w mut self, update: S) -> Answer<'w, X, usize>
    where
        S: ExecuteUpdate<X> + 'w,
    {
        // No `map`: its closure would be compiled for each model.
        let sent = match look_unless_empty::<X>(update.is_empty(), self.conn) {
            Ok(()) => Ok(update.send(self.conn)),
            Err(error) => Err(error),
        };
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Like [`execute_update`](Self::execute_update), of a statement that also returns the version which the row has
    /// then.
    pub(crate) fn update_returning<'w, S, V>(
        &'w mut self,
        update: S,
        returned: Returned<'w, V, X>,
    ) -> Answer<'w, X, usize>
    where
        S: ExecuteUpdate<X> + 'w,
    {
        let Returned {
            column,
            found,
            fetch,
        } = returned;
        let sent = look_unless_empty::<X>(update.is_empty(), self.conn);
        let sent = sent.map(|()| fetch(update.returning(column), found, self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sends a statement whose type is not named. Its answer is the number of rows that it has written.
    pub(crate) fn execute_any<'w>(&'w mut self, statement: Query<'w, X>) -> Answer<'w, X, usize> {
        self.execute(Erased::<X::Backend>::new(statement, LockMode::Plain))
    }

    /// Sends a query. The answer is the first row.
    pub(crate) fn fetch<'w, R, U>(
        &'w mut self,
        query: Query<'w, X>,
        lock: LockMode,
    ) -> Answer<'w, X, Option<U>>
    where
        R: Fetch<X, U>,
    {
        let sent = look::<X>(self.conn).map(|()| R::fetch(query, lock, self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sends a query, and keeps the first row in `found`.
    pub(crate) fn fetch_into<'w, R, U>(
        &'w mut self,
        query: Query<'w, X>,
        lock: LockMode,
        found: &'w mut Option<U>,
    ) -> Answer<'w, X, ()>
    where
        R: Fetch<X, U>,
    {
        let sent = match look::<X>(self.conn) {
            Ok(()) => Ok(R::fetch_into(query, lock, found, self.conn)),
            Err(error) => Err(error),
        };
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sends a query. The answer is all rows.
    pub(crate) fn fetch_all<'w, R, U>(&'w mut self, query: Query<'w, X>) -> Answer<'w, X, Vec<U>>
    where
        R: Fetch<X, U>,
    {
        let sent = look::<X>(self.conn).map(|()| R::fetch_all(query, self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sends statements as a text, without binds.
    pub(crate) fn batch_execute<'w>(&'w mut self, sql: &'w str) -> Answer<'w, X, ()> {
        let sent = look::<X>(self.conn).map(|()| X::batch_execute(sql, self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Begins a transaction, or a savepoint if one is open.
    pub(crate) fn begin(&mut self) -> Answer<'_, X, ()> {
        let sent = look::<X>(self.conn).map(|()| X::begin(self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Commits it.
    pub(crate) fn commit(&mut self) -> Answer<'_, X, ()> {
        let sent = look::<X>(self.conn).map(|()| X::commit(self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Rolls it back.
    pub(crate) fn roll_back(&mut self) -> Answer<'_, X, ()> {
        let sent = look::<X>(self.conn).map(|()| X::roll_back(self.conn));
        Answer::new(sent, &mut self.is_answer_due)
    }

    /// Sets the connection in error: nothing is sent through it any more, and a pool discards it.
    pub(crate) fn give_up(&mut self) {
        X::give_up(self.conn);
    }

    /// Takes it that no transaction is open.
    pub(crate) fn forget_transaction(&mut self) {
        X::forget_transaction(self.conn);
    }

    /// Fails if nothing can be sent.
    pub(crate) fn check(&mut self) -> QueryResult<()> {
        if X::can_send(self.conn) {
            Ok(())
        } else {
            Err(DieselError::BrokenTransactionManager)
        }
    }
}

impl<X: Executes> Drop for Wire<'_, X> {
    fn drop(&mut self) {
        if X::WAITS && self.is_answer_due && self.loses_step {
            self.give_up();
        }
    }
}

/// Nothing is sent through a connection in error.
fn look<X: Executes>(conn: &mut X::Conn) -> Result<(), Option<DieselError>> {
    if X::can_send(conn) {
        Ok(())
    } else {
        Err(Some(DieselError::BrokenTransactionManager))
    }
}

/// Like [`look`], and an update that sets nothing is not sent.
fn look_unless_empty<X: Executes>(
    is_empty: QueryResult<bool>,
    conn: &mut X::Conn,
) -> Result<(), Option<DieselError>> {
    match is_empty {
        Ok(false) => look::<X>(conn),
        Ok(true) => Err(Some(DieselError::QueryBuilderError(Box::new(
            EmptyChangeset,
        )))),
        Err(error) => Err(Some(error)),
    }
}

/// The answer to something that was sent, once it is waited for; or the error because of which nothing was sent.
pub(crate) struct Answer<'w, X: Executes, T> {
    sent: Result<X::Sent<'w, T>, Option<DieselError>>,
    is_due: &'w mut bool,
}

impl<'w, X: Executes, T> Answer<'w, X, T> {
    fn new(sent: Result<X::Sent<'w, T>, Option<DieselError>>, is_due: &'w mut bool) -> Self {
        *is_due = X::WAITS && sent.is_ok();
        Self { sent, is_due }
    }
}

impl<X: Executes, T> Future for Answer<'_, X, T> {
    type Output = QueryResult<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<QueryResult<T>> {
        let answer = match &mut self.sent {
            Ok(sent) => Pin::new(sent).poll(context),
            Err(error) => Poll::Ready(Err(error
                .take()
                .unwrap_or(DieselError::BrokenTransactionManager))),
        };
        if X::WAITS && answer.is_ready() {
            *self.is_due = false;
        }
        answer
    }
}

impl<X: Executes, T> Drop for Answer<'_, X, T> {
    /// SQLite's statements run in a thread of this program. Dropped under way, their future blocks this thread or,
    /// where the runtime refuses that, panics, and leaves nobody who sets the connection in error.
    fn drop(&mut self) {
        if X::WAITS && *self.is_due && X::Backend::DATABASE == Some(Database::Sqlite) {
            if let Ok(sent) = &mut self.sent {
                X::finish(sent);
            }
        }
    }
}
