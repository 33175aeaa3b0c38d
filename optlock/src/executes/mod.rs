//! How a connection executes: nothing on the floors below sends anything.
//!
//! What sends is written once, as `async fn`s that are generic over [`Executes`]. On a [`Blocking`] connection
//! no future of theirs ever waits, and [`now`] runs them.

mod blocking;
mod database;
mod row;
mod statements;
#[cfg(feature = "async")]
mod waiting;
mod wire;

pub(crate) use blocking::Blocking;
pub(crate) use blocking::now;
pub(crate) use database::database_of;
pub(crate) use row::{NextVersion, RowRead, RowWrite, conflict};
pub(crate) use statements::{Execute, ExecuteUpdate, Fetch, Query, Returned, RowsOf};
#[cfg(feature = "async")]
pub(crate) use waiting::Waiting;
pub(crate) use wire::{Answer, Wire};

use crate::backend::Dialect;
use diesel::backend::Backend;
use diesel::connection::{InstrumentationEvent, TransactionDepthChange};
use diesel::deserialize::FromSqlRow;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::row::Row;
use std::future::Future;
use std::num::NonZeroU32;

/// How connections of one type execute: at once, or by waiting.
///
/// It is a type beside the connection, and no wrapper of it, because the body of a user's transaction gets the
/// connection itself.
pub(crate) trait Executes: Sized {
    /// The connection.
    type Conn;

    /// Its database.
    type Backend: Dialect;

    /// Something was sent, and this is its answer. It is made at once, so that what was sent is not held while
    /// the answer is waited for, and need not be `Send`.
    type Sent<'a, T>: Future<Output = QueryResult<T>> + Unpin;

    /// Can a future be dropped while it waits for an answer?
    const WAITS: bool;

    /// Can something be sent? Not through a connection in error: a dropped future has left it out of step, or in
    /// a transaction that nobody ends.
    fn can_send(conn: &mut Self::Conn) -> bool;

    /// How many of Diesel's transactions are open, or `None`.
    fn depth(conn: &mut Self::Conn) -> Option<NonZeroU32>;

    /// Tells Diesel of a transaction that was begun or ended by [`batch_execute`](Self::batch_execute).
    fn count(conn: &mut Self::Conn, change: TransactionDepthChange);

    /// Would a pool discard the connection?
    fn is_broken(conn: &mut Self::Conn) -> bool;

    /// Sets the connection in error: nothing is sent through it any more, and a pool discards it.
    fn give_up(conn: &mut Self::Conn);

    /// Takes it that no transaction is open, whatever is known of one.
    fn forget_transaction(conn: &mut Self::Conn);

    /// Waits in a destructor for an answer that nobody waits for any more, where the statement runs in a thread
    /// of this program.
    fn finish<T>(sent: &mut Self::Sent<'_, T>);

    /// Sends a statement. Its answer is the number of rows that it has written.
    fn execute<'a, S>(statement: S, conn: &'a mut Self::Conn) -> Self::Sent<'a, usize>
    where
        S: QueryFragment<Self::Backend> + QueryId + 'a;

    /// Sends statements as a text, without binds.
    fn batch_execute<'a>(sql: &'a str, conn: &'a mut Self::Conn) -> Self::Sent<'a, ()>;

    /// Begins a transaction, or a savepoint if one is open.
    fn begin(conn: &mut Self::Conn) -> Self::Sent<'_, ()>;

    /// Commits it.
    fn commit(conn: &mut Self::Conn) -> Self::Sent<'_, ()>;

    /// Rolls it back.
    fn roll_back(conn: &mut Self::Conn) -> Self::Sent<'_, ()>;

    /// Tells the user's instrumentation of nothing any more.
    fn silence(conn: &mut Self::Conn);

    /// How what writes a row, and explains zero rows, sees it: with a blocking connection it is compiled once for
    /// all models, and with an async one for each, because only of the model itself it is known that it is `Send`.
    type Row<'r, V, R: RowWrite<Self, V>>: RowWrite<Self, V> + ?Sized;

    /// The row, as what writes it sees it.
    fn row<'w, 'r, V, R>(row: &'w mut R) -> &'w mut Self::Row<'r, V, R>
    where
        R: RowWrite<Self, V> + 'r;

    /// Never called. Without it, `Row` would have to ask for `R: 'r`
    /// ([why](https://github.com/rust-lang/rust/issues/87479)).
    #[allow(dead_code)]
    fn no_bound_of_row<'r, V, R: RowWrite<Self, V>>(_: &Self::Row<'r, V, R>) {}

    /// Never called. Without it, `Sent` would have to ask for `T: 'a`
    /// ([why](https://github.com/rust-lang/rust/issues/87479)), and so would each function that reads.
    #[allow(dead_code)]
    fn no_bound<T>(_: Self::Sent<'_, T>) {}
}

/// An instrumentation that ignores each event.
fn ignore(_: InstrumentationEvent<'_>) {}

/// A row as a value.
fn built<'r, DB, ST, U>(row: QueryResult<impl Row<'r, DB>>) -> QueryResult<U>
where
    DB: Backend,
    U: FromSqlRow<ST, DB>,
{
    U::build_from_row(&row?).map_err(DieselError::DeserializationError)
}
