//! A transaction with options.

use super::sealed::Sealed;
use crate::backend::TransactionConnection;
use crate::transaction::{Reborrow, TransactionOptions, Values, transaction_with};
use diesel::result::Error as DieselError;

/// Begins a transaction with [`TransactionOptions`].
pub trait TransactionDsl: Sealed + Sized {
    /// Runs `body` in a transaction with these options: [`TransactionOptions`] has an example.
    /// [`optlock::transaction`](crate::transaction()) describes what becomes of `values`, and what not
    /// to do in the body, or around it.
    ///
    /// # Errors
    ///
    /// Besides those of [`optlock::transaction`](crate::transaction()), before anything is sent:
    ///
    /// - [`Error::Unsupported`](crate::Error::Unsupported): the database has no such transactions.
    /// - [`Error::AlreadyInTransaction`](crate::Error::AlreadyInTransaction): with options it must be
    ///   the outermost transaction, but one is open. [`TransactionOptions::new`] without options is a
    ///   savepoint there.
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, E>
    where
        C: TransactionConnection,
        V: Values,
        E: From<DieselError>;
}

impl Sealed for TransactionOptions {}

impl TransactionDsl for TransactionOptions {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, E>
    where
        C: TransactionConnection,
        V: Values,
        E: From<DieselError>,
    {
        transaction_with(self, conn, values, body)
    }
}
