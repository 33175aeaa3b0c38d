//! A retry with values that its body changes, on an async connection.

use crate::diesel_async::retry::repeat;
use crate::diesel_async::{AsyncTransactionConnection, Body, Sending};
use crate::retry::{AsyncSleep, Notify, Policy, RetryError, When};
use crate::transaction::{Reborrow, Values};
use diesel::result::Error as DieselError;

/// Runs a unit by a [`Policy`] on an async connection: the trait of [`optlock::RetryDsl`](crate::RetryDsl), which
/// only optlock implements.
pub trait RetryDsl<W, N, S>: Sealed + Sized {
    /// Runs `body` as [`retry`](crate::diesel_async::retry()) does, with values that the body changes.
    ///
    /// As the [blocking one](crate::RetryDsl::run).
    fn run<'a, 'conn, C, V, R, E, F>(
        self,
        conn: &'conn mut C,
        values: V,
        body: F,
    ) -> Sending<'conn, Result<R, RetryError<E>>>
    where
        C: AsyncTransactionConnection,
        V: Values<Snapshot: Send> + Send + 'a,
        R: Send + 'a,
        E: From<DieselError> + Send + 'a,
        for<'c, 'v> F: AsyncFn(&'c mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>
            + Body<&'c mut C, <V as Reborrow<'v>>::Borrowed, Result<R, E>>
            + Send
            + Sync
            + 'a,
        W: When<E> + Send + Sync + 'a,
        N: Notify<E> + Send + Sync + 'a,
        S: AsyncSleep + Send + Sync + 'a,
        'a: 'conn;
}

/// Only optlock has policies.
pub trait Sealed {}

impl<W, N, S> Sealed for Policy<W, N, S> {}

impl<W, N, S> RetryDsl<W, N, S> for Policy<W, N, S> {
    fn run<'a, 'conn, C, V, R, E, F>(
        self,
        conn: &'conn mut C,
        values: V,
        body: F,
    ) -> Sending<'conn, Result<R, RetryError<E>>>
    where
        C: AsyncTransactionConnection,
        V: Values<Snapshot: Send> + Send + 'a,
        R: Send + 'a,
        E: From<DieselError> + Send + 'a,
        for<'c, 'v> F: AsyncFn(&'c mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>
            + Body<&'c mut C, <V as Reborrow<'v>>::Borrowed, Result<R, E>>
            + Send
            + Sync
            + 'a,
        W: When<E> + Send + Sync + 'a,
        N: Notify<E> + Send + Sync + 'a,
        S: AsyncSleep + Send + Sync + 'a,
        'a: 'conn,
    {
        repeat(self, conn, values, body)
    }
}
