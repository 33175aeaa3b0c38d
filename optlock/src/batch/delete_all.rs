//! `delete_all_checked`.

use super::dialect::BatchDialect;
use super::form::{DeleteRows, Rows, Written};
use super::rows::{Identified, InColumns, refuse_duplicates};
use super::why::why;
use crate::backend::DieselConnection;
use crate::operation::methods::Explain;
use crate::{Error, Versioned, VersionedChangeset};
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

type Form<C> = <<C as Connection>::Backend as BatchDialect>::Form;

impl<M, C> DeleteAll<C> for M
where
    C: DieselConnection<Backend: BatchDialect<Form: DeleteRows<M, C>>>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    for<'a> &'a M: InColumns<M>,
    M: Explain<C> + for<'a> Identified<'a>,
{
    fn delete_all_checked(models: &[M], conn: &mut C) -> Result<(), Error> {
        refuse_duplicates(models)?;
        if models.is_empty() {
            return Ok(());
        }
        let rows = Rows::deleted(models);
        let missed = match Form::<C>::delete_rows(&rows, conn)? {
            Written::All => return Ok(()),
            Written::AllBut(missed) => missed,
            Written::NotAll => Form::<C>::find_missed(&rows, conn)?,
        };
        Err(why(models, missed, conn))
    }
}
