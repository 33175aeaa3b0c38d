//! `save_checked` and `save_or_load`.

use super::advance::Advance;
use super::effect::{Effect, Saved};
use super::explain::Expected;
use super::needs::{SavedOn, SavedOrLoadedOn};
use super::read::{OfVersionAnd, ReadRow};
use crate::backend::Dialect;
use crate::error::Error;
use crate::executes::Execute;
use crate::hidden::transaction_depth;
use crate::statement::CheckedStatements;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::connection::Connection;

/// The result of a [`save_or_load`](crate::VersionedDsl::save_or_load).
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Outcome;
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert_eq!(ann.save_or_load(conn)?, Outcome::Saved);
///
/// ann.version = 1; // as if it had been loaded before that
/// let Outcome::Changed(theirs) = ann.save_or_load(conn)? else { panic!("the row was saved") };
/// assert_eq!((ann.version, theirs.version), (1, 2));
///
/// diesel::delete(&theirs).execute(conn)?;
/// assert_eq!(ann.save_or_load(conn)?, Outcome::Missing);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a conflict is a value here, not an error: match on it"]
pub enum Outcome<M> {
    /// The row was written.
    Saved,
    /// Another client changed the row: this is the row as it is now. Nothing was written.
    Changed(M),
    /// The row is gone. Nothing was written.
    Missing,
}

/// The result of a save: it succeeded, or the row that is in its way, or there is no row.
#[allow(unreachable_pub)] // it is in the signature of a public trait
pub type SavedOr<T> = Result<Saved, T>;

impl<M> From<SavedOr<Option<M>>> for Outcome<M> {
    fn from(attempt: SavedOr<Option<M>>) -> Self {
        match attempt {
            Ok(_) => Self::Saved,
            Err(Some(theirs)) => Self::Changed(theirs),
            Err(None) => Self::Missing,
        }
    }
}

/// Saves the value at the version in memory.
pub(crate) fn save_checked<M, C>(model: &mut M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOn<C>,
{
    save(model, &mut |_| {}, conn).map(drop)
}

/// Saves, and shows `follow` the value as it will be, before anything is sent.
pub(crate) fn save<M, C>(
    model: &mut M,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<Saved, Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOn<C>,
{
    let mut expected = Expected::of(model);
    loop {
        match update(model, expected.version(), follow, conn)? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => model.respell(&mut expected, zero_rows, conn)?,
        }
    }
}

/// Saves, or loads the row.
pub(crate) fn save_or_load<M, C, T>(model: &mut M, conn: &mut C) -> Result<Outcome<T>, Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOrLoadedOn<C, T>,
{
    save_or_read(model, &mut |_| {}, conn).map(Outcome::from)
}

/// Saves, or reads the row. Shows `follow` the value as it will be, before anything is sent.
pub(crate) fn save_or_read<M, C, T>(
    model: &mut M,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<SavedOr<Option<T>>, Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOrLoadedOn<C, T>,
{
    let expected = model.version().clone();
    let respelled = match update_or_load(model, &expected, follow, conn)? {
        Err(Some((version, _))) if version == expected => version,
        attempt => return Ok(without_version(attempt)),
    };
    // It is the same version in another spelling.
    match update_or_load(model, &respelled, follow, conn)? {
        Err(Some((version, _))) if version == respelled => {
            Err(Error::refused(model, Some(version.describe())))
        }
        attempt => Ok(without_version(attempt)),
    }
}

/// The row at a version, if there is one.
type Found<M, T> = Option<(<M as Versioned>::Version, T)>;

/// Saves at the version `expected`, or loads the row.
fn update_or_load<M, C, T>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<SavedOr<Found<M, T>>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersionAnd<T>, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    let zero_rows = match update(model, expected, follow, conn)? {
        Ok(saved) => return Ok(Ok(saved)),
        Err(zero_rows) => zero_rows,
    };
    model.look(expected, zero_rows, conn).map(Err)
}

fn without_version<V, T>(attempt: SavedOr<Option<(V, T)>>) -> SavedOr<Option<T>> {
    attempt.map_err(|row| row.map(|(_, theirs)| theirs))
}

/// The save of the values in memory, at the version `expected`.
pub(crate) fn update<M, C>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Effect
where
    C: Connection<Backend: Dialect>,
    M: Versioned,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    if !model.has_changes() {
        return Ok(Ok(Saved::NothingChanged));
    }
    let in_transaction = transaction_depth(conn).is_some();
    let advance = Advance::new::<C::Backend>(model, expected)?;
    follow(advance.model());
    let update = advance.model().checked_update(expected.clone());
    let result = update.send_update(conn);
    advance.settle::<C::Backend>(result, in_transaction)
}
