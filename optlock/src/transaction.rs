//! A transaction that takes memory with it when it is rolled back.

use crate::Error;
use crate::backend::{Dialect, Meaning, TransactionCheck, meaning};
use crate::hidden::transaction_depth;
use diesel::connection::{Connection, TransactionManager};
use diesel::result::Error as DieselError;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The values that a [`transaction`] puts back when it is rolled back: `&mut value`, `&mut vec`,
/// `&mut slice[..]`, or a tuple of up to eight of them.
///
/// ```
/// # include!("doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// let mut log = Vec::new();
/// optlock::transaction(conn, (&mut all[..], &mut log), |conn, (all, log)| {
///     for contact in all.iter_mut() {
///         contact.email = None;
///         contact.save_checked(conn)?;
///         log.push(contact.id);
///     }
///     Ok::<_, optlock::Error>(())
/// })?;
/// assert_eq!(log, [1, 2]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put back after a rollback",
    label = "not the values of a transaction",
    note = "pass `&mut value`, or several as `(&mut a, &mut b)`; their types must be `Clone`"
)]
pub trait Values {
    /// The values as they were.
    type Snapshot;

    /// Copies the values.
    fn snapshot(&self) -> Self::Snapshot;

    /// Puts the copies back.
    fn restore(&mut self, snapshot: Self::Snapshot);
}

impl<M: Clone> Values for &mut M {
    type Snapshot = M;

    fn snapshot(&self) -> M {
        M::clone(self)
    }

    fn restore(&mut self, snapshot: M) {
        **self = snapshot;
    }
}

impl<M: Clone> Values for &mut [M] {
    type Snapshot = Vec<M>;

    fn snapshot(&self) -> Vec<M> {
        self.to_vec()
    }

    fn restore(&mut self, snapshot: Vec<M>) {
        self.clone_from_slice(&snapshot);
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt)*) => {
        impl<$($name: Values),*> Values for ($($name,)*) {
            type Snapshot = ($($name::Snapshot,)*);

            fn snapshot(&self) -> Self::Snapshot {
                ($(self.$index.snapshot(),)*)
            }

            fn restore(&mut self, snapshot: Self::Snapshot) {
                $(self.$index.restore(snapshot.$index);)*
            }
        }
    };
}

/// No values: what the transaction does leaves nothing in memory.
impl Values for () {
    type Snapshot = ();

    fn snapshot(&self) {}

    fn restore(&mut self, (): ()) {}
}

tuples!(A 0);
tuples!(A 0 B 1);
tuples!(A 0 B 1 C 2);
tuples!(A 0 B 1 C 2 D 3);
tuples!(A 0 B 1 C 2 D 3 E 4);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuples!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);

/// Runs `body` in a transaction, or in a savepoint if one is open, and puts `values` back as they
/// were if it is rolled back.
///
/// **Why not Diesel's `conn.transaction`?** A save that succeeded has moved the version in memory
/// on. If the transaction is then rolled back, memory is one version ahead of the row; and when
/// another user saves the row, the version in memory matches **by accident**: the next save
/// overwrites their work, and nobody is told.
///
/// ```
/// # include!("doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # let mut bob: Contact = contacts::table.find(2).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table.find(2)).set(contacts::version.eq(7)).execute(conn)?;
/// // .. in the meantime somebody saves Bob, whose version is 7 now ..
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
/// **Sends** `BEGIN`, what `body` sends, and `COMMIT` or `ROLLBACK`; before the COMMIT on
/// PostgreSQL `SELECT 1`, on MySQL and MariaDB a `SAVEPOINT` at the beginning and its `RELEASE` at
/// the end, to hear whether there still is a transaction to commit. In an open transaction
/// `SAVEPOINT`, and `RELEASE SAVEPOINT` or `ROLLBACK TO SAVEPOINT`.
///
/// **In memory** all of `values` is put back if `body` fails or panics (the panic goes on after the
/// rollback), and if the COMMIT fails. A transaction **around** this one that is rolled back later
/// does not put them back, unless it is an `optlock::transaction` with the same values.
///
/// # Errors
///
/// - The error of `body`. It is never replaced by the error of a rollback that fails: after a
///   deadlock the server has left the transaction already.
/// - What Diesel says of `BEGIN` and `COMMIT`, as a `diesel::result::Error`. If the connection is
///   lost during the COMMIT of the outermost transaction,
///   [`Error::outcome_unknown`](crate::Error::outcome_unknown) is true of it: the values are put
///   back, but the transaction may have landed. Lost before that, it is
///   [`Error::ConnectionLost`](crate::Error::ConnectionLost), and nothing has landed.
/// - [`Error::TransactionLost`](crate::Error::TransactionLost): an error inside the transaction,
///   which `body` did not return, has made the database give it up, and a COMMIT would say nothing
///   of that: PostgreSQL answers it with a rollback, MySQL and MariaDB have left the transaction.
///   In a `diesel::result::Error` it travels as [`Error`](crate::Error) says.
///
/// # How to begin it
///
/// It must be the **outermost** transaction: in Diesel's `conn.immediate_transaction(|conn|
/// optlock::transaction(conn, ..))` it is a savepoint, and nothing is put back when the outer
/// COMMIT fails. Begin the body with what differs instead:
///
/// - SQLite: a transaction that reads before it writes fails with "database is locked" if another
///   connection writes in between. A write that hits nothing, `UPDATE contacts SET version =
///   version WHERE 0`, takes the write lock first, as `BEGIN IMMEDIATE` does.
/// - PostgreSQL: `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`. MySQL and MariaDB: `SET
///   TRANSACTION ..` before it.
pub fn transaction<C, V, R, E>(
    conn: &mut C,
    mut values: V,
    body: impl FnOnce(&mut C, &mut V) -> Result<R, E>,
) -> Result<R, E>
where
    C: Connection<Backend: Dialect>,
    V: Values,
    E: From<DieselError>,
{
    let before = values.snapshot();
    begin(conn)?;
    // Unwind safe: after a panic the values are put back, and the connection is rolled back.
    let result = catch_unwind(AssertUnwindSafe(|| body(conn, &mut values)));
    match result {
        Ok(Ok(value)) => match commit(conn) {
            Ok(()) => Ok(value),
            Err(error) => {
                values.restore(before);
                Err(error.into())
            }
        },
        Ok(Err(error)) => {
            values.restore(before);
            roll_back(conn);
            Err(error)
        }
        Err(panic) => {
            values.restore(before);
            roll_back(conn);
            resume_unwind(panic)
        }
    }
}

fn begin<C: Connection<Backend: Dialect>>(conn: &mut C) -> Result<(), DieselError> {
    let is_outermost = transaction_depth(conn).is_none();
    C::TransactionManager::begin_transaction(conn).map_err(before_commit)?;
    if is_outermost && C::Backend::TRANSACTION_CHECK == TransactionCheck::Savepoint {
        conn.batch_execute("SAVEPOINT optlock")
            .inspect_err(|_| roll_back(conn))
            .map_err(before_commit)?;
    }
    Ok(())
}

fn commit<C: Connection<Backend: Dialect>>(conn: &mut C) -> Result<(), DieselError> {
    let depth = transaction_depth(conn);
    // A nested one hears it from RELEASE SAVEPOINT.
    let is_outermost = depth == Some(NonZeroU32::MIN);
    if is_outermost {
        check(conn).inspect_err(|_| roll_back(conn))?;
    }
    let error = match C::TransactionManager::commit_transaction(conn) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    // After a RELEASE SAVEPOINT that failed Diesel still counts the savepoint.
    if depth.is_some() && transaction_depth(conn) == depth {
        roll_back(conn);
    }
    Err(if is_outermost {
        error
    } else {
        before_commit(error)
    })
}

/// Is there still a transaction to commit?
fn check<C: Connection<Backend: Dialect>>(conn: &mut C) -> Result<(), DieselError> {
    let statement = match C::Backend::TRANSACTION_CHECK {
        TransactionCheck::NotNeeded => return Ok(()),
        TransactionCheck::Statement => "SELECT 1",
        TransactionCheck::Savepoint => "RELEASE SAVEPOINT optlock",
    };
    conn.batch_execute(statement)
        .map_err(|error| match meaning(&error) {
            Meaning::ConnectionLost => before_commit(error),
            _ => Error::TransactionLost(error).into(),
        })
}

/// A connection that was lost before the outermost COMMIT was sent: nothing has landed.
fn before_commit(error: DieselError) -> DieselError {
    match meaning(&error) {
        Meaning::ConnectionLost => Error::ConnectionLost(error).into(),
        _ => error,
    }
}

/// Rolls back as far as the connection lets us. Why it could not is no news beside the error that
/// led here, and Diesel refuses to use a connection in a state that it does not know.
fn roll_back<C: Connection>(conn: &mut C) {
    let _ = C::TransactionManager::rollback_transaction(conn);
}
