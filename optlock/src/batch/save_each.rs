//! `save_each_checked`.

use super::dialect::BatchDialect;
use super::save_all::SaveAll;
use crate::backend::{Dialect, DieselConnection, ErrorClass, classify};
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::operation::Save;
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::connection::Connection;
use std::slice;

/// Can models be saved one after the other, with a version check, on the connection `C`? See
/// [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn count_saved<M, C>(models: &mut [M], conn: &mut C) -> usize
/// where
///     M: methods::SaveEach<C>,
/// {
///     models.save_each_checked(conn).iter().filter(|saved| saved.is_ok()).count()
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// # diesel::delete(contacts::table.find(1)).execute(conn)?;
/// // .. somebody else deletes one of two ..
/// assert_eq!(count_saved(&mut all, conn), 1);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of `{Self}` cannot be stored through `{C}`",
    label = "this database does not store the type of a field"
)]
pub trait SaveEach<C>: Versioned + Sized {
    /// See [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
    #[must_use = "a value may not be saved, and only its own result tells"]
    fn save_each_checked(models: &mut [Self], conn: &mut C) -> Vec<Result<(), Error>>;
}

/// What [`SaveEach`] needs of the database, reported once.
pub trait SavedEachOn<C>: Save<C> + SaveAll<C> {}

#[diagnostic::do_not_recommend]
impl<M: Save<C> + SaveAll<C>, C> SavedEachOn<C> for M {}

impl<M, C> SaveEach<C> for M
where
    C: DieselConnection<Backend: BatchDialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: SavedEachOn<C>,
{
    fn save_each_checked(models: &mut [M], conn: &mut C) -> Vec<Result<(), Error>> {
        let mut results = Vec::with_capacity(models.len());
        if transaction_depth(conn).is_none() {
            for model in models {
                results.push(model.save_checked(conn));
            }
            return results;
        }
        // It is there as long as the transaction is. (If it cannot be set, the first save says why.)
        let _ = conn.batch_execute(SAVEPOINT);
        let mut is_lost = false;
        for model in models {
            if is_lost {
                // There is no transaction any more, and the save would commit by itself.
                results.push(Err(Error::aborted(model)));
                continue;
            }
            let saved = in_savepoint(model, conn);
            is_lost = match &saved {
                // After a lost connection each save says so itself.
                Ok(()) | Err(Error::ConnectionLost(_)) => false,
                Err(_) => conn.batch_execute(&is_there()).is_err(),
            };
            results.push(saved);
        }
        if !is_lost {
            let _ = conn.batch_execute(&format!("RELEASE {SAVEPOINT}"));
        }
        results
    }
}

const SAVEPOINT: &str = "SAVEPOINT optlock_each";

/// An error if the database has ended the transaction.
fn is_there() -> String {
    format!("RELEASE {SAVEPOINT}; {SAVEPOINT}")
}

/// A batch of one, because on PostgreSQL an error would abort the transaction of the others too.
fn in_savepoint<M, C>(model: &mut M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: SaveAll<C>,
{
    M::save_all_checked(slice::from_mut(model), conn).map_err(|error| match error {
        Error::BatchConflict(conflict) => conflict.into_only(),
        Error::Database(error)
            if classify(&error, C::Backend::DATABASE) == ErrorClass::Conflict =>
        {
            Error::aborted(model)
        }
        error => error,
    })
}
