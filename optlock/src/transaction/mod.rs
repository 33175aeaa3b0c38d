//! A transaction that takes memory with it when it is rolled back.

mod open;
mod opening;
mod options;
mod outermost;
mod unit;
mod values;

pub(crate) use open::{Failure, Open};
pub use options::TransactionOptions;
pub use values::{Reborrow, Values};

use crate::backend::{Dialect, TransactionConnection};
use crate::executes::{Blocking, Wire, now};
use diesel::connection::Connection;
use diesel::result::Error as DieselError;
pub(crate) use opening::Opening;
pub(crate) use outermost::refuse_transaction;
pub(crate) use unit::Unit;

/// Runs `body` in a transaction, or in a savepoint if one is open, and puts `values` back as they
/// were if it is rolled back.
///
/// **Why not Diesel's `conn.transaction`?** A save that succeeded has moved the version in memory
/// on. If the transaction is then rolled back, memory is one version ahead of the row; and when
/// another user saves the row, the version in memory matches **by accident**: the next save
/// overwrites their work unseen.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # let mut bob: Contact = contacts::table.find(2).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table.find(2)).set(contacts::version.eq(7)).execute(conn)?;
/// // .. in the meantime another client saves Bob, whose version is 7 now ..
/// let before = ann.clone();
/// let result = optlock::transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
///     ann.name = "Ann B.".to_owned();
///     ann.save_checked(conn)?;
///     bob.name = "Bob A.".to_owned();
///     bob.save_checked(conn)
/// });
/// assert!(result.unwrap_err().is_conflict());
/// assert_eq!(ann, before); // as in the database: Ann's save was rolled back
/// # Ok(())
/// # }
/// ```
///
/// **Sends** `BEGIN`, what `body` sends, and `COMMIT` or `ROLLBACK`; and what finds out whether there still is a
/// transaction to commit: on PostgreSQL `SAVEPOINT optlock; COMMIT` in one message, on MySQL and MariaDB
/// `BEGIN; SAVEPOINT optlock` in one, and before the `COMMIT` a `RELEASE SAVEPOINT optlock` in a message
/// of its own (in one message with it, a node of Galera could answer a COMMIT that it has rolled back).
/// Diesel's instrumentation sees these as queries, and not as the beginning or the commit of a transaction. In
/// an open transaction it sends `SAVEPOINT`, and `RELEASE SAVEPOINT` or `ROLLBACK TO SAVEPOINT`.
///
/// **In memory** all of `values` is put back if `body` fails or panics (the panic goes on after the
/// rollback), and if the COMMIT fails. Nothing else is, so `body` is `Fn`: saving a value that it
/// captures instead of being passed it does not compile. **A transaction around this one that is
/// rolled back later, or whose COMMIT fails, puts nothing back**, unless it is an
/// `optlock::transaction` with the same values.
///
/// What is no value of a row, a second connection or a log, is captured in a
/// [`RefCell`](std::cell::RefCell) or a [`Cell`](std::cell::Cell). Never put a value that is saved
/// into one: a rollback would leave it ahead.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// use std::cell::RefCell;
///
/// let other = RefCell::new(establish_connection());
/// optlock::transaction(conn, &mut ann, |conn, ann| {
///     let bob: Contact =
///         contacts::table.find(2).select(Contact::as_select()).first(&mut *other.borrow_mut())?;
///     ann.email = bob.email;
///     ann.save_checked(conn)
/// })?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - The error of `body`. It is never replaced by the error of a rollback that fails: after a
///   deadlock the server has left the transaction already.
/// - What Diesel says of `BEGIN` and `COMMIT`, as a `diesel::result::Error`. If the COMMIT of the
///   outermost transaction is the first to meet a lost connection,
///   [`Error::outcome_unknown`](crate::Error::outcome_unknown) is true of it: the values are put
///   back, but the transaction may have landed. If a statement before it is, that is
///   [`Error::ConnectionLost`](crate::Error::ConnectionLost), and nothing has landed.
/// - [`Error::TransactionLost`](crate::Error::TransactionLost): the transaction had ended before its
///   COMMIT. An error inside it, which `body` did not return, has made the database give it up, and a
///   COMMIT would say nothing of that: PostgreSQL answers it with a rollback, MySQL and MariaDB have
///   left the transaction. Or a statement in `body` has ended it, see below; MySQL, MariaDB and SQLite
///   cannot tell the two apart, so [`outcome_unknown`](crate::Error::outcome_unknown) is true there.
///   In a `diesel::result::Error` it travels as [`Error`](crate::Error) says.
/// - [`Error::TransactionLeftOpen`](crate::Error::TransactionLeftOpen): `body` has caught a panic of
///   Diesel's `conn.transaction`, which Diesel leaves open then. All is rolled back.
///
/// # What not to do
///
/// - **Never end the transaction in the body**: no raw `COMMIT` or `ROLLBACK`, and on MySQL and MariaDB no
///   DDL, `TRUNCATE`, `LOCK TABLES` or `BEGIN`.
/// - **Never begin it inside another transaction**: nothing is put back when the outer one is rolled back,
///   or its COMMIT fails. State what differs by [`TransactionOptions`] instead: the isolation level,
///   read-only, and on SQLite [`immediate`](TransactionOptions::immediate).
/// - **Never begin it inside a raw `BEGIN`**, which Diesel does not know of.
///
/// [Transactions](crate::guide::transactions) describes what each database does then.
///
/// To run it again after a conflict: [`retry`](crate::retry()).
pub fn transaction<C, V, R, E>(
    conn: &mut C,
    mut values: V,
    body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
) -> Result<R, E>
where
    C: TransactionConnection,
    V: Values,
    E: From<DieselError>,
{
    run(&Opening::default(), conn, &mut values, body).map_err(Failure::into_error)
}

/// Runs `body` in a transaction that asks for `options`.
pub(crate) fn transaction_with<C, V, R, E>(
    options: TransactionOptions,
    conn: &mut C,
    mut values: V,
    body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
) -> Result<R, E>
where
    C: TransactionConnection,
    V: Values,
    E: From<DieselError>,
{
    let opening = now(options.opening_of_one(&mut Wire::<Blocking<C>>::new(conn)))?;
    run(&opening, conn, &mut values, body).map_err(Failure::into_error)
}

/// One transaction with a body of the user's.
pub(crate) fn run<C, V, R, E>(
    opening: &Opening,
    conn: &mut C,
    values: &mut V,
    body: impl for<'v> FnOnce(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
) -> Result<R, Failure<E>>
where
    C: Connection<Backend: Dialect>,
    V: Values,
{
    let mut unit = Unit::<Blocking<C>, V>::new(opening, conn, values);
    now(unit.begin()).map_err(Failure::Database)?;
    now(unit.lock_rows())?;
    let (conn, values) = unit.lend();
    let result = body(conn, values);
    let ended = now(unit.end(result.is_ok()));
    Failure::or(result, ended)
}
