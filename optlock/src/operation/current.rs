//! The row as it is now: `load_current`, `load_current_as` and `refresh`.

use super::effect::read_failed;
use super::read::{OfAll, ReadRow};
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::statement::LockMode;
use crate::versioned::Versioned;

/// Can the row of the model be loaded as a `T` on the connection `C`? See
/// [`VersionedDsl::load_current`](crate::VersionedDsl::load_current) and
/// [`load_current_as`](crate::VersionedDsl::load_current_as).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn is_there<M, C>(model: &M, conn: &mut C) -> Result<bool, optlock::Error>
/// where
///     M: methods::LoadCurrent<C>,
/// {
///     Ok(model.load_current(conn)?.is_some())
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert!(is_there(&ann, conn)?);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded as `{T}`",
    label = "`{T}` needs `#[derive(Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded: name one that does not, `load_current_as::<Contact>(conn)`",
    note = "if they are derived, this database does not store the type of a field, or `{T}` is of another table"
)]
pub trait LoadCurrent<C, T = Self>: Versioned + Sized {
    /// See [`VersionedDsl::load_current_as`](crate::VersionedDsl::load_current_as).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::load_current_as`](crate::VersionedDsl::load_current_as).
    fn load_current(&self, conn: &mut C) -> Result<Option<T>, Error>;
}

/// The result of a [`refresh`](crate::VersionedDsl::refresh).
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Refreshed;
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert_eq!(ann.refresh(conn)?, Refreshed::Unchanged);
///
/// ann.name = "Ann B.".into();
/// let Refreshed::Updated(edited) = ann.refresh(conn)? else { panic!("the edit is replaced") };
/// assert_eq!((ann.name.as_str(), edited.name.as_str()), ("Ann", "Ann B."));
///
/// diesel::delete(&ann).execute(conn)?;
/// assert_eq!(ann.refresh(conn)?, Refreshed::Missing);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the row may be gone, and an edit that was replaced is returned"]
pub enum Refreshed<M> {
    /// The value in memory equals the row, by its `PartialEq` and in its version.
    Unchanged,
    /// The row replaced the value in memory. This is the value before: with its version, and with edits
    /// that were not saved.
    Updated(M),
    /// The row is gone. The value in memory is unchanged.
    Missing,
}

/// Can the model be refreshed on the connection `C`? See
/// [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::{Refreshed, methods};
///
/// /// Refreshes them all, and drops those that are gone.
/// fn refresh_all<M, C>(models: &mut Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::Refresh<C>,
/// {
///     let mut left = Vec::new();
///     for mut model in models.drain(..) {
///         match model.refresh(conn)? {
///             Refreshed::Missing => {}
///             _ => left.push(model),
///         }
///     }
///     *models = left;
///     Ok(())
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// # diesel::delete(contacts::table.find(1)).execute(conn)?;
/// refresh_all(&mut all, conn)?;
/// assert_eq!(all.len(), 1);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be refreshed",
    label = "needs `#[derive(PartialEq, Queryable, Selectable)]`",
    note = "`PartialEq` tells whether anything was replaced; without it, use `load_current`",
    note = "a struct that borrows cannot be loaded",
    note = "if they are derived, this database does not store the type of a field"
)]
pub trait Refresh<C>: LoadCurrent<C> + PartialEq {
    /// See [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
    fn refresh(&mut self, conn: &mut C) -> Result<Refreshed<Self>, Error>;
}

impl<M, C, T> LoadCurrent<C, T> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: ReadRow<OfAll<T>, C>,
{
    fn load_current(&self, conn: &mut C) -> Result<Option<T>, Error> {
        self.read_row(LockMode::Plain, conn)
            .map_err(|error| read_failed::<C::Backend, _>(self, error))
    }
}

impl<M, C> Refresh<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: ReadRow<OfAll<M>, C> + PartialEq,
{
    fn refresh(&mut self, conn: &mut C) -> Result<Refreshed<M>, Error> {
        Ok(match self.load_current(conn)? {
            None => Refreshed::Missing,
            Some(stored) if is_as_stored(self, &stored) => Refreshed::Unchanged,
            Some(stored) => Refreshed::Updated(std::mem::replace(self, stored)),
        })
    }
}

/// Does the value equal the row? A `PartialEq` by hand may leave the version out, and a version that is
/// not taken over makes the next save a conflict.
pub(crate) fn is_as_stored<M: Versioned + PartialEq>(value: &M, stored: &M) -> bool {
    stored.version() == value.version() && stored == value
}
