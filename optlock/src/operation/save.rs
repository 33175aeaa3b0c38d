//! `save_checked` and `save_or_load`.

use super::advance::write;
use super::current::RowAtVersion;
use super::explain::{Explain, Verdict, look};
use crate::backend::Dialect;
use crate::statement::CheckedStatements;
use crate::{Error, Versioned};
use diesel::connection::Connection;
use diesel::query_dsl::methods::ExecuteDsl;

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
#[must_use = "a conflict is a value here, not an error"]
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
    message = "this cannot be saved with a version check on `{C}`",
    label = "needs `Identifiable`, `AsChangeset` and `Versioned` for one table, and a connection",
    note = "derive all three on the model, and `AsChangeset` on an embedded struct; with `serialize_as`, derive `Clone` too",
    note = "if they are there, the type of a field cannot be stored in this database",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
)]
pub trait Save<C>: Versioned + Sized {
    /// See [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    ///
    /// # Errors
    ///
    /// See there.
    fn save_checked(&mut self, conn: &mut C) -> Result<(), Error>;
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
    message = "`{Self}` cannot be saved, and its row be loaded as `{T}`, on `{C}`",
    label = "`{Self}` needs `Identifiable`, `AsChangeset` and `Versioned`, `{T}` needs `Queryable` and `Selectable`, for one table; and a connection",
    note = "a struct that borrows cannot be loaded: name one that does not, `save_or_load_as::<Contact>(conn)`, or use `save_checked`",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`"
)]
pub trait SaveOrLoad<C, T = Self>: Versioned + Sized {
    /// See [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
    ///
    /// # Errors
    ///
    /// See there.
    fn save_or_load(&mut self, conn: &mut C) -> Result<Outcome<T>, Error>;
}

#[diagnostic::do_not_recommend]
impl<M, C> Save<C> for M
where
    C: Connection<Backend: Dialect>,
    M: Explain<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: ExecuteDsl<C>>,
{
    fn save_checked(&mut self, conn: &mut C) -> Result<(), Error> {
        let expected = self.version().clone();
        update(self, &expected, conn).or_explain(self, conn)
    }
}

#[diagnostic::do_not_recommend]
impl<M, C, T> SaveOrLoad<C, T> for M
where
    C: Connection<Backend: Dialect>,
    M: RowAtVersion<C, T>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: ExecuteDsl<C>>,
{
    fn save_or_load(&mut self, conn: &mut C) -> Result<Outcome<T>, Error> {
        let expected = self.version().clone();
        match update(self, &expected, conn) {
            Verdict::Hit => Ok(Outcome::Saved),
            Verdict::Miss(miss) => {
                let theirs = look(
                    self,
                    &expected,
                    miss,
                    conn,
                    |(version, _)| version,
                    |conn| self.plain_row(conn),
                    |conn| self.locked_row(conn),
                )?;
                Ok(theirs.map_or(Outcome::Missing, |(_, theirs)| Outcome::Changed(theirs)))
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
    M: for<'a> CheckedStatements<'a, M::Version, Update: ExecuteDsl<C>>,
{
    if !model.has_changes() {
        return Verdict::Hit;
    }
    write(model, expected, conn, |model, expected, conn| {
        ExecuteDsl::<C>::execute(model.checked_update(expected), conn)
    })
}
