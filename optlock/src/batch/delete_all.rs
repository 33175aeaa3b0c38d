//! `delete_all_checked`.

use super::dialect::BatchDialect;
use super::form::{DeleteRows, Rows, Written};
use super::one_by_one::{DeleteCascading, SharesRow};
use super::rows::{Identified, refuse_duplicates};
use super::why::{why, why_refused};
use crate::operation::methods::Explain;
use crate::{Error, Versioned};
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
    message = "many of these cannot be deleted at once on `{C}`",
    label = "needs `Identifiable` and `Versioned` for one table, and a connection",
    note = "beside an impl of `Versioned` by hand, write one of `optlock::columns::VersionedColumns`",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
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

#[diagnostic::do_not_recommend]
impl<M, C> DeleteAll<C> for M
where
    C: Connection<
        Backend: BatchDialect<Form: DeleteRows<M, C> + DeleteCascading<M, C> + SharesRow<M, C>>,
    >,
    M: Explain<C> + for<'a> Identified<'a>,
{
    fn delete_all_checked(models: &[M], conn: &mut C) -> Result<(), Error> {
        refuse_duplicates(models)?;
        if models.is_empty() {
            return Ok(());
        }
        let rows = Rows::deleted(models);
        let missed = match Form::<C>::delete_rows(&rows, conn)? {
            Written::All { .. } => return Ok(()),
            Written::AllBut(missed) => missed,
            Written::NotAll => Form::<C>::find_missed(&rows, conn)?,
            Written::Refused(index) => {
                return Err(why_refused::<Form<C>, _, _>(models, index, conn));
            }
        };
        if !missed.is_empty() {
            match why::<Form<C>, _, _>(models, missed, conn) {
                Error::Refused { .. } => {}
                error => return Err(error),
            }
        }
        // They are there. Perhaps they were deleted along with others.
        match Form::<C>::delete_cascading(&rows, conn)? {
            Written::AllBut(missed) => Err(why::<Form<C>, _, _>(models, missed, conn)),
            Written::NotAll => Err(why::<Form<C>, _, _>(
                models,
                (0..models.len()).collect(),
                conn,
            )),
            Written::Refused(index) => Err(why_refused::<Form<C>, _, _>(models, index, conn)),
            Written::All { .. } => Ok(()),
        }
    }
}
