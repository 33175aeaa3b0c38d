//! A transaction that takes memory with it when it is rolled back.

use crate::hidden::transaction_depth;
use diesel::connection::{Connection, TransactionManager};
use diesel::result::Error as DieselError;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The values that a [`transaction`] puts back when it is rolled back: `&mut value`, `&mut vec`,
/// `&mut slice[..]`, or a tuple of up to eight of them.
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
/// **Sends** `BEGIN`, what `body` sends, and `COMMIT` or `ROLLBACK`; in an open transaction
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
///   lost during the COMMIT of the outermost transaction, that is `RollbackErrorOnCommit`, and
///   [`Error::outcome_unknown`](crate::Error::outcome_unknown) is true: the values are put back,
///   but the transaction may have landed.
///
/// On SQLite use [`immediate_transaction`](diesel::SqliteConnection::immediate_transaction) outside
/// of it if the transaction reads before it writes: else a concurrent writer makes it fail with
/// "database is locked" ([`Error::is_transient`](crate::Error::is_transient)), and this is a
/// savepoint in it.
pub fn transaction<C, V, R, E>(
    conn: &mut C,
    mut values: V,
    body: impl FnOnce(&mut C, &mut V) -> Result<R, E>,
) -> Result<R, E>
where
    C: Connection,
    V: Values,
    E: From<DieselError>,
{
    C::TransactionManager::begin_transaction(conn)?;
    let before = values.snapshot();
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

fn commit<C: Connection>(conn: &mut C) -> Result<(), DieselError> {
    let depth = transaction_depth(conn);
    let error = match C::TransactionManager::commit_transaction(conn) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    // After a RELEASE SAVEPOINT that failed Diesel still counts the savepoint.
    if depth.is_some() && transaction_depth(conn) == depth {
        roll_back(conn);
    }
    Err(error)
}

/// Rolls back as far as the connection lets us. Why it could not is no news beside the error that
/// led here, and Diesel refuses to use a connection in a state that it does not know.
fn roll_back<C: Connection>(conn: &mut C) {
    let _ = C::TransactionManager::rollback_transaction(conn);
}
