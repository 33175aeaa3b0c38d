//! `check_current` and `lock_checked`: is the version in memory still the row's, without a write?

use super::effect::{compare, read_failed};
use super::read::{OfVersion, ReadRow};
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::statement::LockMode;
use crate::versioned::Versioned;

/// Can the version in memory be compared with the row's on the connection `C`? See
/// [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn all_current<M, C>(models: &[M], conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::CheckCurrent<C>,
/// {
///     models.iter().try_for_each(|model| model.check_current(conn))
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// all_current(&all, conn)?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the version of `{Self}` cannot be read through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait CheckCurrent<C>: Versioned {
    /// See [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
    fn check_current(&self, conn: &mut C) -> Result<(), Error>;
}

/// Can the model's row be locked on the connection `C`? See
/// [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn while_locked<M, R>(
///     model: &M,
///     conn: &mut SqliteConnection,
///     body: impl Fn(&mut SqliteConnection) -> Result<R, optlock::Error>,
/// ) -> Result<R, optlock::Error>
/// where
///     M: methods::Lock<SqliteConnection>,
/// {
///     optlock::transaction(conn, (), |conn, ()| {
///         model.lock_checked(conn)?;
///         body(conn)
///     })
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// while_locked(&ann, conn, |_| Ok(()))?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the version of `{Self}` cannot be read through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait Lock<C>: Versioned {
    /// See [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
    fn lock_checked(&self, conn: &mut C) -> Result<(), Error>;
}

impl<M, C> CheckCurrent<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    fn check_current(&self, conn: &mut C) -> Result<(), Error> {
        let found = self.read_row(LockMode::Plain, conn);
        compare(
            self,
            found.map_err(|error| read_failed::<C::Backend, _>(self, error))?,
        )
    }
}

impl<M, C> Lock<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    fn lock_checked(&self, conn: &mut C) -> Result<(), Error> {
        if transaction_depth(conn).is_none() {
            return Err(Error::NotInTransaction);
        }
        let found = self.read_row(LockMode::Exclusive, conn);
        compare(
            self,
            found.map_err(|error| read_failed::<C::Backend, _>(self, error))?,
        )
    }
}
