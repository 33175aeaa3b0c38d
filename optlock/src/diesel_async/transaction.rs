//! Transactions on async connections.

use super::{AsyncTransactionConnection, Body};
use crate::executes::{Waiting, Wire};
use crate::transaction::{Failure, Opening, Reborrow, TransactionOptions, Unit, Values};
use diesel::result::Error as DieselError;
use std::future::Future;

/// [`optlock::transaction`](crate::transaction()) on an async connection.
///
/// **Sends** the same, but on PostgreSQL `SAVEPOINT` in the place of `SELECT 1` before the COMMIT: the driver does not
/// tell that the body has ended its transaction by a raw `COMMIT` or `ROLLBACK`, and a savepoint fails then.
pub fn transaction<'a, 'conn, C, V, R, E, F>(
    conn: &'conn mut C,
    values: V,
    body: F,
) -> impl Future<Output = Result<R, E>> + Send + 'conn
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
    transaction_with(TransactionOptions::new(), conn, values, body)
}

/// Runs `body` in a transaction that asks for `options`.
pub(super) fn transaction_with<'a, 'conn, C, V, R, E, F>(
    options: TransactionOptions,
    conn: &'conn mut C,
    mut values: V,
    body: F,
) -> impl Future<Output = Result<R, E>> + Send + 'conn
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
    async move {
        let opening = options
            .opening_of_one(&mut Wire::<Waiting<C>>::new(conn))
            .await?;
        let result = run(&opening, conn, &mut values, &body).await;
        result.map_err(Failure::into_error)
    }
}

/// One transaction with a body of the user's.
pub(super) async fn run<C, V, R, E, F>(
    opening: &Opening,
    conn: &mut C,
    values: &mut V,
    body: &F,
) -> Result<R, Failure<E>>
where
    C: AsyncTransactionConnection,
    V: Values,
    for<'c, 'v> F: AsyncFn(&'c mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>
        + Body<&'c mut C, <V as Reborrow<'v>>::Borrowed, Result<R, E>>,
{
    let mut unit = Unit::<Waiting<C>, V>::begin(opening, conn, values).await?;
    let (conn, values) = unit.lend();
    let result = body(conn, values).await;
    unit.end(result).await
}
