//! `save_checked` and `save_or_load`.

use super::advance::write;
use super::explain::{Verdict, look};
use super::needs::{SavedOn, SavedOrLoadedOn};
use crate::backend::{Dialect, DieselConnection};
use crate::statement::{CheckedStatements, Run};
use crate::{Error, Versioned, VersionedChangeset};
use diesel::connection::Connection;

/// What became of a [`save_or_load`](crate::VersionedDsl::save_or_load).
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
    /// Somebody else changed the row: this is how it stands now. Nothing was written.
    Changed(M),
    /// The row is gone. Nothing was written.
    Missing,
}

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
    /// See there.
    fn save_checked(&mut self, conn: &mut C) -> Result<(), Error>;
}

/// Can the model be saved and loaded on the connection `C`? See
/// [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
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
    message = "`{Self}` cannot be saved and loaded",
    label = "needs `#[derive(Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded: use `save_checked`",
    note = "if they are derived, this database does not store the type of a field"
)]
pub trait SaveOrLoad<C>: Versioned + Sized {
    /// See [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
    ///
    /// # Errors
    ///
    /// See there.
    fn save_or_load(&mut self, conn: &mut C) -> Result<Outcome<Self>, Error>;
}

impl<M, C> Save<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: SavedOn<C>,
{
    fn save_checked(&mut self, conn: &mut C) -> Result<(), Error> {
        let expected = self.version().clone();
        update(self, &expected, conn).or_explain(self, conn)
    }
}

impl<M, C> SaveOrLoad<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: SavedOrLoadedOn<C>,
{
    fn save_or_load(&mut self, conn: &mut C) -> Result<Outcome<Self>, Error> {
        let expected = self.version().clone();
        match update(self, &expected, conn) {
            Verdict::Hit => Ok(Outcome::Saved),
            Verdict::Miss(miss) => {
                let theirs = look(
                    self,
                    &expected,
                    miss,
                    conn,
                    M::version,
                    |conn| self.plain_row(conn),
                    |conn| self.locked_row(conn),
                )?;
                Ok(theirs.map_or(Outcome::Missing, Outcome::Changed))
            }
            Verdict::Failed(error) => Err(error),
        }
    }
}

/// The save of the values in memory, at the version `expected`.
pub(crate) fn update<M, C>(model: &mut M, expected: &M::Version, conn: &mut C) -> Verdict
where
    C: Connection<Backend: Dialect>,
    M: Versioned,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Run<C>>,
{
    if !model.has_changes() {
        return Verdict::Hit;
    }
    write(model, expected, conn, |model, expected, conn| {
        model.checked_update(expected).run(conn)
    })
}
