//! `delete_all_checked`.

use super::dialect::BatchDialect;
use super::explain::{at_each_spelling, why_refused};
use super::one_by_one::{DeleteCascading, SharesRow};
use super::rows::Rows;
use super::saving::{InColumns, Respelled, refuse_duplicates};
use super::strategy::{DeleteMany, Written};
use crate::backend::DieselConnection;
use crate::error::Error;
use crate::identity::Identified;
use crate::operation::{OfVersion, ReadRow};
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::connection::Connection;

/// Can the rows of many models be deleted at once, with a version check, on the connection `C`? See
/// [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn clear<M, C>(models: Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::DeleteAll<C>,
/// {
///     models.delete_all_checked(conn)
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// clear(all, conn)?;
/// assert_eq!(contacts::table.count().get_result(conn), Ok(0));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "many `{Self}` cannot be deleted at once through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait DeleteAll<C>: Versioned + Sized {
    /// See [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
    ///
    /// # Errors
    ///
    /// See there.
    fn delete_all_checked(models: &[Self], conn: &mut C) -> Result<(), Error>;
}

type Strategy<C> = <<C as Connection>::Backend as BatchDialect>::Strategy;

impl<M, C> DeleteAll<C> for M
where
    C: DieselConnection<
        Backend: BatchDialect<Strategy: DeleteMany<M, C> + DeleteCascading<M, C> + SharesRow<M, C>>,
    >,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    for<'a> &'a M: InColumns<M>,
    M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
{
    fn delete_all_checked(models: &[M], conn: &mut C) -> Result<(), Error> {
        refuse_duplicates(models)?;
        if models.is_empty() {
            return Ok(());
        }
        let deleted =
            at_each_spelling::<Strategy<C>, _, _, _>(models, conn, |models, respelled, conn| {
                delete_all(models, respelled, conn)
            });
        match deleted {
            // The rows are there. Perhaps they were deleted along with others.
            Err(Error::Refused { .. }) => {
                at_each_spelling::<Strategy<C>, _, _, _>(models, conn, |models, respelled, conn| {
                    let rows = Rows::deleted(models, respelled);
                    let written = Strategy::<C>::delete_cascading(&rows, conn)?;
                    Ok(written.missed(models.len()))
                })
            }
            deleted => deleted,
        }
    }
}

/// Deletes them all or none, and returns the indices of those that were missed.
fn delete_all<M, C>(
    models: &[M],
    respelled: &Respelled<M>,
    conn: &mut C,
) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: BatchDialect<Strategy: DeleteMany<M, C> + SharesRow<M, C>>>,
    M: Versioned,
{
    let rows = Rows::deleted(models, respelled);
    match Strategy::<C>::delete_many(&rows, conn)? {
        Written::NotAll => match Strategy::<C>::find_missed(&rows, conn)? {
            missed if missed.is_empty() => Err(Error::refused(&models[0], models[0].version())),
            missed => Ok(missed),
        },
        Written::Refused(index) => Err(why_refused::<Strategy<C>, _, _>(models, index, conn)),
        written => Ok(written.missed(models.len())),
    }
}
