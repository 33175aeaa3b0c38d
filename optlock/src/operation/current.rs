//! The row as it is now: `load_current`, `load_current_as` and `refresh`.

use super::effect::read_failed;
use super::read::{OfAll, ReadRow, read};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::statement::LockMode;
use crate::versioned::Versioned;
use std::ops::Deref;

/// The result of a [`refresh`](crate::VersionedDsl::refresh).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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

pub(crate) async fn load_current<M, T, X>(
    model: &M,
    conn: &mut Wire<'_, X>,
) -> Result<Option<T>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<T>, X>,
{
    load_row(model, conn).await
}

/// The row of a model. Through a `&mut M` the model need not be `Sync` while it waits.
pub(crate) async fn load_row<M, T, R, X>(
    model: R,
    conn: &mut Wire<'_, X>,
) -> Result<Option<T>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<T>, X>,
    R: Deref<Target = M>,
{
    let row = read(&*model, LockMode::Plain, conn).await;
    row.map_err(|error| read_failed::<X::Backend>(&*model, error))
}

pub(crate) async fn refresh<M, X>(
    model: &mut M,
    conn: &mut Wire<'_, X>,
) -> Result<Refreshed<M>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<M>, X> + PartialEq,
{
    Ok(match load_row(&mut *model, conn).await? {
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
