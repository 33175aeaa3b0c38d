//! `touch_checked`.

use super::advance::Advance;
use super::explain::Expected;
use super::needs::TouchedOn;
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::executes::Run as _;
use crate::hidden::transaction_depth;
use crate::versioned::{Versioned, VersionedChangeset};

/// Can the model's version be moved on with a check on the connection `C`? See
/// [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn with_its_parts<M, C>(
///     root: &mut M,
///     conn: &mut C,
///     change_parts: impl FnOnce(&mut C) -> Result<(), optlock::Error>,
/// ) -> Result<(), optlock::Error>
/// where
///     M: methods::Touch<C>,
/// {
///     root.touch_checked(conn)?;
///     change_parts(conn)
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// with_its_parts(&mut ann, conn, |_| Ok(()))?;
/// assert_eq!(ann.version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be touched through `{C}`",
    label = "this database does not store the type of its version, key or audit stamp"
)]
pub trait Touch<C>: Versioned + Sized {
    /// See [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
    fn touch_checked(&mut self, conn: &mut C) -> Result<(), Error> {
        self.touch_followed(&mut |_| {}, conn)
    }

    /// Touches, and shows `follow` the value as it will be, before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`touch_checked`](Self::touch_checked).
    #[doc(hidden)]
    fn touch_followed(&mut self, follow: &mut dyn FnMut(&Self), conn: &mut C) -> Result<(), Error>;
}

impl<M, C> Touch<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: TouchedOn<C>,
{
    fn touch_followed(&mut self, follow: &mut dyn FnMut(&Self), conn: &mut C) -> Result<(), Error> {
        let mut expected = Expected::of(self);
        loop {
            let in_transaction = transaction_depth(conn).is_some();
            let advance = Advance::new::<C::Backend>(self, expected.version())?;
            follow(advance.model());
            let touch = advance.model().checked_touch(expected.version().clone());
            let result = touch.run(conn);
            match advance.settle::<C::Backend>(result, in_transaction)? {
                Ok(_) => return Ok(()),
                Err(zero_rows) => expected.respell(self, zero_rows, conn)?,
            }
        }
    }
}
