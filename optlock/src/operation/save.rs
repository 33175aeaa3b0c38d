//! `save_checked` and `save_or_load`.

use super::advance::Advance;
use super::effect::Effect;
use super::explain::{Expected, look};
use super::needs::{SavedOn, SavedOrLoadedOn};
use super::read::{OfVersionAnd, ReadRow};
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::executes::Run;
use crate::hidden::transaction_depth;
use crate::statement::CheckedStatements;
use crate::versioned::{Versioned, VersionedChangeset};
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

/// What a save did, if it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Saved {
    /// The row was written.
    Written,
    /// The value changes nothing, so nothing was sent, and the row was not checked.
    NothingChanged,
}

/// The result of a save: it succeeded, or the row that is in its way, or there is no row.
#[allow(unreachable_pub)] // it is in the signature of a public trait
pub type Attempt<M> = Result<Saved, Option<M>>;

/// Can the model be saved with a version check on the connection `C`? See
/// [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn rename<M, C>(model: &mut M, rename: impl FnOnce(&mut M), conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::Save<C>,
/// {
///     rename(model);
///     model.save_checked(conn)
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// rename(&mut ann, |ann| ann.name = "Ann B.".into(), conn)?;
/// assert_eq!(ann.version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of `{Self}` cannot be stored through `{C}`",
    label = "this database does not store the type of a field",
    note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`"
)]
pub trait Save<C>: Versioned + Sized {
    /// See [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    fn save_checked(&mut self, conn: &mut C) -> Result<(), Error> {
        self.save_followed(&mut |_| {}, conn).map(drop)
    }

    /// Saves, and shows `follow` the value as it will be, before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`save_checked`](Self::save_checked).
    #[doc(hidden)]
    fn save_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error>;
}

/// Can the model be saved, and its row be loaded as a `T`, on the connection `C`? See
/// [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load) and
/// [`save_or_load_as`](crate::VersionedDsl::save_or_load_as).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn current<M, C>(mut model: M, conn: &mut C) -> Result<Option<M>, optlock::Error>
/// where
///     M: methods::SaveOrLoad<C>,
/// {
///     Ok(match model.save_or_load(conn)? {
///         optlock::Outcome::Saved => Some(model),
///         optlock::Outcome::Changed(theirs) => Some(theirs),
///         optlock::Outcome::Missing => None,
///     })
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert_eq!(current(ann, conn)?.map(|ann| ann.version), Some(2));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved and loaded as `{T}`",
    label = "`{T}` needs `#[derive(Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded: name one that does not, `save_or_load_as::<Contact>(conn)`, or use `save_checked`",
    note = "if they are derived, this database does not store the type of a field, or `{T}` is of another table"
)]
pub trait SaveOrLoad<C, T = Self>: Versioned + Sized {
    /// See [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
    fn save_or_load(&mut self, conn: &mut C) -> Result<Outcome<T>, Error> {
        self.save_or_load_followed(&mut |_| {}, conn)
            .map(Outcome::from)
    }

    /// Saves or loads, and shows `follow` the value as it will be if it is saved, before anything is
    /// sent.
    ///
    /// # Errors
    ///
    /// As [`save_or_load`](Self::save_or_load).
    #[doc(hidden)]
    fn save_or_load_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Attempt<T>, Error>;
}

impl<M> From<Attempt<M>> for Outcome<M> {
    fn from(attempt: Attempt<M>) -> Self {
        match attempt {
            Ok(_) => Self::Saved,
            Err(Some(theirs)) => Self::Changed(theirs),
            Err(None) => Self::Missing,
        }
    }
}

impl<M, C> Save<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: SavedOn<C>,
{
    fn save_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error> {
        let mut expected = Expected::of(self);
        loop {
            match update(self, expected.version(), follow, conn)? {
                Ok(saved) => return Ok(saved),
                Err(zero_rows) => expected.respell(self, zero_rows, conn)?,
            }
        }
    }
}

impl<M, C, T> SaveOrLoad<C, T> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: SavedOrLoadedOn<C, T>,
{
    fn save_or_load_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Attempt<T>, Error> {
        let expected = self.version().clone();
        let respelled = match update_or_load(self, &expected, follow, conn)? {
            Err(Some((version, _))) if version == expected => version,
            attempt => return Ok(without_version(attempt)),
        };
        // It is the same version in another spelling.
        match update_or_load(self, &respelled, follow, conn)? {
            Err(Some((version, _))) if version == respelled => Err(Error::refused(self, &version)),
            attempt => Ok(without_version(attempt)),
        }
    }
}

/// Saves at the version `expected`, or loads the row.
fn update_or_load<M, C, T>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<Attempt<(M::Version, T)>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersionAnd<T>, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Run<C>>,
{
    let zero_rows = match update(model, expected, follow, conn)? {
        Ok(saved) => return Ok(Ok(saved)),
        Err(zero_rows) => zero_rows,
    };
    look::<OfVersionAnd<T>, _, _>(model, expected, zero_rows, conn).map(Err)
}

fn without_version<V, T>(attempt: Attempt<(V, T)>) -> Attempt<T> {
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
    M: for<'a> CheckedStatements<'a, M::Version, Update: Run<C>>,
{
    if !model.has_changes() {
        return Ok(Ok(Saved::NothingChanged));
    }
    let in_transaction = transaction_depth(conn).is_some();
    let advance = Advance::new::<C::Backend>(model, expected)?;
    follow(advance.model());
    let update = advance.model().checked_update(expected.clone());
    let result = update.run_update(conn);
    advance.settle::<C::Backend>(result, in_transaction)
}
