//! Transactions on async connections.

use super::{AsyncTransactionConnection, Body, Sending};
use crate::executes::{Waiting, Wire};
use crate::transaction::{Failure, Opening, Reborrow, TransactionOptions, Unit, Values};
use diesel::result::Error as DieselError;

/// Runs `body` in a transaction, or in a savepoint if one is open, and puts `values` back as they were if it
/// is rolled back: [`optlock::transaction`](crate::transaction()) on an async connection.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection().await;
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
/// # let mut bob: Contact = contacts::table.find(2).select(Contact::as_select()).first(conn).await?;
/// # diesel::update(contacts::table.find(2)).set(contacts::version.eq(7)).execute(conn).await?;
/// // .. in the meantime another client saves Bob, whose version is 7 now ..
/// let before = ann.clone();
/// let result = optlock::diesel_async::transaction(conn, (&mut ann, &mut bob), async |conn, (ann, bob)| {
///     ann.name = "Ann B.".to_owned();
///     ann.save_checked(conn).await?;
///     bob.name = "Bob A.".to_owned();
///     bob.save_checked(conn).await
/// });
/// assert!(result.await.unwrap_err().is_conflict());
/// assert_eq!(ann, before); // as in the database: Ann's save was rolled back
/// # Ok(())
/// # }
/// ```
///
/// **Sends** what the [blocking one](crate::transaction()) sends, once it is polled.
///
/// **In memory** all of `values` is put back if `body` fails, if the COMMIT fails, and if the future is dropped or
/// `body` panics.
///
/// **Dropped** while it waits, or by a panic of `body`, it sets the connection in error: optlock refuses it from then
/// on ([`Error::ConnectionBroken`](crate::Error::ConnectionBroken)), and a pool discards it. A COMMIT that was
/// sent may have landed.
///
/// `body` captures by shared reference: `async move` does not compile, because what it owned it could change. It
/// may begin another `transaction`, which is a savepoint.
///
/// # Errors
///
/// Those of the [blocking one](crate::transaction()).
pub fn transaction<'a, 'conn, C, V, R, E, F>(
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
    transaction_with(TransactionOptions::new(), conn, values, body)
}

/// Runs `body` in a transaction that asks for `options`.
pub(super) fn transaction_with<'a, 'conn, C, V, R, E, F>(
    options: TransactionOptions,
    conn: &'conn mut C,
    mut values: V,
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
    Box::pin(async move {
        let opening = options
            .opening_of_one(&mut Wire::<Waiting<C>>::new(conn))
            .await?;
        let result = run(&opening, conn, &mut values, &body).await;
        result.map_err(Failure::into_error)
    })
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
    let mut unit = Unit::<Waiting<C>, V>::new(opening, conn, values);
    unit.begin().await.map_err(Failure::Database)?;
    unit.lock_rows().await?;
    let (conn, values) = unit.lend();
    let result = body(conn, values).await;
    let ended = unit.end(result.is_ok()).await;
    Failure::or(result, ended)
}
