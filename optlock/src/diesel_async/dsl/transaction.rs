//! A transaction with options, on an async connection.

use crate::diesel_async::transaction::transaction_with;
use crate::diesel_async::{AsyncTransactionConnection, Body, Sending};
use crate::transaction::{Reborrow, TransactionOptions, Values};
use diesel::result::Error as DieselError;

/// Begins a transaction with [`TransactionOptions`] on an async connection: the trait of
/// [`optlock::TransactionDsl`](crate::TransactionDsl), which only optlock implements.
pub trait TransactionDsl: Sealed + Sized {
    /// Runs `body` in a transaction with these options.
    ///
    /// As the [blocking one](crate::TransactionDsl::run). What becomes of it when the future is dropped says
    /// [`transaction`](crate::diesel_async::transaction()).
    fn run<'a, 'conn, C, V, R, E, F>(
        self,
        conn: &'conn mut C,
        values: V,
        body: F,
    ) -> Sending<'conn, Result<R, E>>
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
        'a: 'conn;
}

/// Only optlock has transactions with options.
pub trait Sealed {}

impl Sealed for TransactionOptions {}

impl TransactionDsl for TransactionOptions {
    fn run<'a, 'conn, C, V, R, E, F>(
        self,
        conn: &'conn mut C,
        values: V,
        body: F,
    ) -> Sending<'conn, Result<R, E>>
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
        'a: 'conn,
    {
        transaction_with(self, conn, values, body)
    }
}
