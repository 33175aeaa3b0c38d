//! `save_checked` and `save_or_load`.

use super::advance::Advance;
use super::effect::{Effect, Saved};
use super::explain::{Expected, look};
use super::needs::{SavedOn, SavedOrLoadedOn};
use super::read::{OfVersion, OfVersionAnd, ReadRow, Selected};
use crate::error::Error;
use crate::executes::{Execute, Executes, Wire};
use crate::statement::CheckedStatements;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

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
pub(crate) type SavedOr<T> = Result<Saved, T>;

impl<M> From<SavedOr<Option<M>>> for Outcome<M> {
    fn from(attempt: SavedOr<Option<M>>) -> Self {
        match attempt {
            Ok(_) => Self::Saved,
            Err(Some(theirs)) => Self::Changed(theirs),
            Err(None) => Self::Missing,
        }
    }
}

/// What comes after a value: which version a save gives its row, and who is shown the value as it will be.
pub(crate) trait Follow<M: Versioned> {
    /// The version after that of the value.
    fn next(&self, value: &M) -> Option<M::Version> {
        value.next_version()
    }

    /// Looks at the value as it will be, before anything is sent.
    fn see(&mut self, value: &M);
}

impl<M: Versioned, F: FnMut(&M)> Follow<M> for F {
    fn see(&mut self, value: &M) {
        self(value);
    }
}

/// Saves the value at the version in memory.
pub(crate) async fn save_checked<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    save(model, &mut |_: &M| {}, conn).await.map(drop)
}

/// Saves, and shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn save<M, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    let mut expected = Expected::of(model);
    loop {
        match update(model, expected.version(), follow, conn).await? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => {
                let mut row = Selected::<_, OfVersion>::new(&mut *model);
                let row = X::row(&mut row);
                expected
                    .respell::<M::Rows, _, _>(row, zero_rows, conn)
                    .await?;
            }
        }
    }
}

/// Saves, or loads the row.
pub(crate) async fn save_or_load<M, T, X>(
    model: &mut M,
    conn: &mut Wire<'_, X>,
) -> Result<Outcome<T>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, T>,
{
    save_or_read(model, &mut |_: &M| {}, conn)
        .await
        .map(Outcome::from)
}

/// Saves, or reads the row. Shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn save_or_read<M, T, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<SavedOr<Option<T>>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, T>,
{
    let mut expected = model.version().clone();
    let mut is_respelled = false;
    loop {
        let version = match update_or_load(model, &expected, follow, conn).await? {
            // It is the same version in another spelling.
            Err(Some((version, _))) if version == expected => version,
            attempt => return Ok(without_version(attempt)),
        };
        if is_respelled {
            return Err(Error::refused(model, Some(version.describe())));
        }
        expected = version;
        is_respelled = true;
    }
}

/// The row at a version, if there is one.
type Found<M, T> = Option<(<M as Versioned>::Version, T)>;

/// Saves at the version `expected`, or loads the row.
async fn update_or_load<M, T, X>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<SavedOr<Found<M, T>>, Error>
where
    X: Executes,
    M: ReadRow<OfVersionAnd<T>, X>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<X>>,
{
    let zero_rows = match update(model, expected, follow, conn).await? {
        Ok(saved) => return Ok(Ok(saved)),
        Err(zero_rows) => zero_rows,
    };
    let mut row = Selected::<_, OfVersionAnd<T>>::new(model);
    let found = look(&mut row, expected, zero_rows, conn).await?;
    Ok(Err(found))
}

fn without_version<V, T>(attempt: SavedOr<Option<(V, T)>>) -> SavedOr<Option<T>> {
    attempt.map_err(|row| row.map(|(_, theirs)| theirs))
}

/// The save of the values in memory, at the version `expected`.
pub(crate) async fn update<M, X>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Effect
where
    X: Executes,
    M: Versioned,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<X>>,
{
    if !model.has_changes() {
        return Ok(Ok(Saved::NothingChanged));
    }
    let in_transaction = conn.depth().is_some();
    let advance = Advance::to::<X::Backend>(model, expected, |model| follow.next(model))?;
    follow.see(advance.model());
    let update = advance.model().checked_update(expected.clone());
    let result = conn.execute_update(update).await;
    advance.settle::<X::Backend>(expected, result, in_transaction)
}
