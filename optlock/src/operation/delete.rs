//! `delete_checked` and `force_delete`.

use super::effect::{effect_of, read_failed, still_there};
use super::explain::Expected;
use super::needs::{DeletedByForceOn, DeletedOn};
use super::read::{OfVersion, newest};
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::executes::Run as _;
use crate::hidden::transaction_depth;
use crate::versioned::{Versioned, VersionedChangeset};

/// Can the model's row be deleted with a version check on the connection `C`? See
/// [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn delete_all<M, C>(models: &[M], conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::Delete<C>,
/// {
///     models.iter().try_for_each(|model| model.delete_checked(conn))
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// delete_all(&[ann], conn)?;
/// assert_eq!(contacts::table.count().get_result(conn), Ok(1));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be deleted through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait Delete<C>: Versioned {
    /// See [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
    fn delete_checked(&self, conn: &mut C) -> Result<(), Error>;
}

/// Can the model's row be deleted on the connection `C`, whatever its version? See
/// [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn clear<M, C>(models: Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::ForceDelete<C>,
/// {
///     for model in models {
///         model.force_delete(conn)?;
///     }
///     Ok(())
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let all = contacts::table.select(Contact::as_select()).load(conn)?;
/// clear(all, conn)?;
/// assert_eq!(contacts::table.count().get_result(conn), Ok(0));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be deleted through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait ForceDelete<C>: Versioned {
    /// See [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
    fn force_delete(&self, conn: &mut C) -> Result<bool, Error>;
}

impl<M, C> Delete<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: DeletedOn<C>,
{
    fn delete_checked(&self, conn: &mut C) -> Result<(), Error> {
        let mut expected = Expected::of(self);
        loop {
            let in_transaction = transaction_depth(conn).is_some();
            let result = self.checked_delete(expected.version().clone()).run(conn);
            match effect_of::<C::Backend, _>(result, self, in_transaction)? {
                Ok(_) => return Ok(()),
                Err(zero_rows) => expected.respell(self, zero_rows, conn)?,
            }
        }
    }
}

impl<M, C> ForceDelete<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: DeletedByForceOn<C>,
{
    fn force_delete(&self, conn: &mut C) -> Result<bool, Error> {
        let in_transaction = transaction_depth(conn).is_some();
        let result = self.forced_delete().run(conn);
        let zero_rows = match effect_of::<C::Backend, _>(result, self, in_transaction)? {
            Ok(_) => return Ok(true),
            Err(zero_rows) => zero_rows,
        };
        // No row is no row: a delete meets the newest ones, whatever the snapshot.
        let left = newest::<OfVersion, _, _>(self, |row| row.is_some(), conn);
        match left.map_err(|error| read_failed::<C::Backend, _>(self, error))? {
            Some(version) => Err(still_there(self, &version, zero_rows)),
            None => Ok(false),
        }
    }
}
