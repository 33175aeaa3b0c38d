//! Retries on async connections.

use super::transaction::run;
use super::{AsyncTransactionConnection, Body, RetryBody, Sending};
use crate::executes::Waiting;
use crate::retry::{AsyncSleep, Attempts, Notify, Policy, RetryError, When};
use crate::transaction::{Reborrow, Values};
use diesel::result::Error as DieselError;

/// Runs `body` in a transaction, and again in a new one while another client comes first:
/// [`optlock::retry`](crate::retry()) on an async connection.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection().await;
/// use optlock::retry::Policy;
///
/// let policy = Policy::new().sleep(tokio::time::sleep);
/// let ann = optlock::diesel_async::retry(policy, conn, async |conn| {
///     let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
///     ann.name = ann.name.to_uppercase();
///     ann.save_checked(conn).await?;
///     Ok::<_, optlock::Error>(ann)
/// });
/// assert_eq!(ann.await?.name, "ANN");
/// # Ok(())
/// # }
/// ```
///
/// With optlock's feature `tokio`, `Policy::new()` waits by `tokio::time::sleep` itself.
///
/// **Dropped** while an attempt waits for the database, it sets the connection in error, as
/// [`transaction`](super::transaction()) does. Between two attempts nothing is open, and the connection stays usable.
///
/// # Errors
///
/// Those of the [blocking one](crate::retry()).
pub fn retry<'a, 'conn, C, R, E, F, W, N, S>(
    policy: Policy<W, N, S>,
    conn: &'conn mut C,
    body: F,
) -> Sending<'conn, Result<R, RetryError<E>>>
where
    C: AsyncTransactionConnection,
    R: Send + 'a,
    E: From<DieselError> + Send + 'a,
    for<'c> F:
        AsyncFn(&'c mut C) -> Result<R, E> + RetryBody<&'c mut C, Result<R, E>> + Send + Sync + 'a,
    W: When<E> + Send + Sync + 'a,
    N: Notify<E> + Send + Sync + 'a,
    S: AsyncSleep + Send + Sync + 'a,
    'a: 'conn,
{
    Box::pin(
        async move { repeat(policy, conn, (), async |conn: &mut C, ()| body(conn).await).await },
    )
}

/// Runs `body` in a transaction, and again, see [`RetryDsl::run`](super::RetryDsl::run).
pub(super) fn repeat<'a, 'conn, C, V, R, E, F, W, N, S>(
    policy: Policy<W, N, S>,
    conn: &'conn mut C,
    mut values: V,
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
    Box::pin(async move {
        let (limits, options) = (policy.limits, policy.options);
        let mut attempts = Attempts::begin::<Waiting<C>>(limits, options, conn).await?;
        loop {
            let failure = match run(attempts.opening(), conn, &mut values, &body).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let again = attempts.again::<Waiting<C>>(failure, &policy.when, &policy.notify, conn);
            policy.sleep.sleep(again.await?).await;
        }
    })
}
