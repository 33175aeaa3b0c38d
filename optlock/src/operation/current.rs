//! The row as it is now: `load_current`, `load_current_as` and `refresh`.

use super::effect::read_failed;
use super::read::{OfAll, ReadRow};
use crate::backend::Dialect;
use crate::error::Error;
use crate::statement::LockMode;
use crate::versioned::Versioned;
use diesel::connection::Connection;

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

pub(crate) fn load_current<M, C, T>(model: &M, conn: &mut C) -> Result<Option<T>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfAll<T>, C>,
{
    model
        .read_row(LockMode::Plain, conn)
        .map_err(|error| read_failed::<C::Backend>(model, error))
}

pub(crate) fn refresh<M, C>(model: &mut M, conn: &mut C) -> Result<Refreshed<M>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfAll<M>, C> + PartialEq,
{
    Ok(match load_current(model, conn)? {
        None => Refreshed::Missing,
        Some(stored) if is_as_stored(model, &stored) => Refreshed::Unchanged,
        Some(stored) => Refreshed::Updated(std::mem::replace(model, stored)),
    })
}

/// Does the value equal the row? A `PartialEq` by hand may leave the version out, and a version that is
/// not taken over makes the next save a conflict.
pub(crate) fn is_as_stored<M: Versioned + PartialEq>(value: &M, stored: &M) -> bool {
    stored.version() == value.version() && stored == value
}
