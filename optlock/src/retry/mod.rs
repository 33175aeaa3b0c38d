//! The whole unit again, in a new transaction, until no other client comes first.
//!
//! [`optlock::retry`](crate::retry()) is the function, [`Policy`] says how often and when,
//! [`RetryError`] is what is left when it gives up, and [`is_retryable`] is how a conflict is seen in
//! an error.

mod attempts;
mod backoff;
mod error;
mod hooks;
mod lost_rows;
mod policy;
mod reason;

#[cfg(feature = "async")]
pub(crate) use attempts::Attempts;
pub use error::RetryError;
#[cfg(feature = "async")]
pub use hooks::AsyncSleep;
pub use hooks::{DefaultSleep, Notify, Quiet, Sleep, SourceChain, SourceOf, When};
pub use policy::Policy;
pub use reason::is_retryable;

use crate::backend::TransactionConnection;
use diesel::result::Error as DieselError;

/// Runs `body` in a transaction, and again in a new one while another client comes first, as often as
/// `policy` allows. The body loads, changes and saves:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::retry::Policy;
///
/// let ann = optlock::retry(Policy::new(), conn, |conn| {
///     let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
///     ann.name = ann.name.to_uppercase();
///     ann.save_checked(conn)?;
///     Ok::<_, optlock::Error>(ann)
/// })?;
/// assert_eq!((ann.name.as_str(), ann.version), ("ANN", 2));
/// # Ok(())
/// # }
/// ```
///
/// A retry is for a change that makes sense on whatever is in the row. What a user has typed while
/// looking at the old row is not such a change.
///
/// **Again** after a conflict, a serialization failure (also from COMMIT), a deadlock, a lock timeout,
/// and SQLite's "database is locked": [`is_retryable`] of the body's error, or what
/// [`Policy::when_source`] or [`Policy::when`] says of it. Never after any other: not where a row [is behind](crate::Error::is_behind),
/// and never when the outcome is [unknown](crate::Error::outcome_unknown).
///
/// **Sends** in each attempt what [`optlock::transaction`](crate::transaction()) sends; on SQLite the
/// write lock is taken at the beginning (`BEGIN IMMEDIATE`). On an enum of connections there is one
/// statement more, before the first attempt, to find out which database it is.
///
/// **After two conflicts about one row** the next attempt does not sleep, but waits at the server: right behind
/// its BEGIN, before the body, it locks the row, by a `SELECT 1 FROM .. WHERE ..` with `FOR NO KEY UPDATE` (PostgreSQL) or
/// `FOR UPDATE` (MySQL and MariaDB). So many writers of one row take turns.
/// [The chapter](crate::guide::retry#after-two-conflicts-the-row-is-locked) says when no row is locked. A lock that fails
/// (a deadlock, a timeout, no privilege) is the failure of that attempt, and the next one locks nothing. If there is no
/// other attempt, the error is that of the last conflict, and not that of the lock, unless the connection is lost.
///
/// **In memory** the body can change nothing but what it returns: it is `Fn`, so that nothing of an
/// attempt that was rolled back is left. For values that it shall change there is
/// [`RetryDsl::run`](crate::RetryDsl::run), which puts them back before each new attempt.
///
/// # Errors
///
/// [`RetryError`], with the last error and the number of attempts:
///
/// - The error of the body, or of a BEGIN or COMMIT, which was not worth another attempt, or for
///   which there was none left.
/// - [`Error::AlreadyInTransaction`](crate::Error::AlreadyInTransaction), with no attempt made: inside
///   an open transaction each attempt would meet the same conflict. Only in Diesel's test transactions
///   (`begin_test_transaction`) it runs on savepoints, so that code which retries can be tested.
///
/// **A raw `BEGIN` around it is not seen**, because Diesel does not see it: on MySQL and MariaDB the first
/// attempt commits what came before, on PostgreSQL the last one does. What not to do in the body is what
/// [`optlock::transaction`](crate::transaction()) says.
pub fn retry<C, R, E, W, N, S>(
    policy: Policy<W, N, S>,
    conn: &mut C,
    body: impl Fn(&mut C) -> Result<R, E>,
) -> Result<R, RetryError<E>>
where
    C: TransactionConnection,
    E: From<DieselError>,
    W: When<E>,
    N: Notify<E>,
    S: Sleep,
{
    policy.repeat(conn, (), |conn, ()| body(conn))
}
