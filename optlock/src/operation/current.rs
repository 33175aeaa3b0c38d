//! The row as it stands: `load_current` and `refresh`.

use super::explain::read_failed;
use crate::backend::{Dialect, DieselConnection};
use crate::statement::{Fetch, ForUpdate, Plain, Read};
use crate::{Error, Versioned};

use diesel::dsl::{AsSelect, Find, Select};
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::query_dsl::methods::{FindDsl, SelectDsl};

/// `SELECT .. FROM t WHERE key`
type Whole<M, C, L> = Read<
    Select<
        Find<<M as Versioned>::Table, <M as Versioned>::Key>,
        AsSelect<M, <C as Connection>::Backend>,
    >,
    L,
>;

/// Can the model be loaded on the connection `C`? See
/// [`VersionedDsl::load_current`](crate::VersionedDsl::load_current).
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
    message = "`{Self}` cannot be loaded",
    label = "needs `#[derive(Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded",
    note = "if they are derived, this database does not store the type of a field"
)]
pub trait LoadCurrent<C>: Versioned + Sized {
    /// See [`VersionedDsl::load_current`](crate::VersionedDsl::load_current).
    ///
    /// # Errors
    ///
    /// See there.
    fn load_current(&self, conn: &mut C) -> Result<Option<Self>, Error>;
}

/// What became of a [`refresh`](crate::VersionedDsl::refresh).
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
pub enum Refreshed<M> {
    /// The value in memory is what stands in the row.
    Unchanged,
    /// The value in memory was replaced by the row. This is what it was before: with its version,
    /// and with edits that were not saved.
    Updated(M),
    /// The row is gone. The value in memory is what it was.
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
pub trait Refresh<C>: Versioned + Sized {
    /// See [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
    ///
    /// # Errors
    ///
    /// See there.
    fn refresh(&mut self, conn: &mut C) -> Result<Refreshed<Self>, Error>;
}

/// The two reads of a whole row.
pub trait Row<C>: Versioned + Sized {
    /// What an isolation level lets the connection see.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn plain_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;

    /// The same with the lock of a write, where plain reads may be old ([`Dialect`]).
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn locked_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;
}

#[diagnostic::do_not_recommend]
impl<M, C> Row<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Versioned + Selectable<C::Backend, SelectExpression: QueryId>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<AsSelect<M, C::Backend>>,
    Whole<M, C, Plain>: Fetch<C, M>,
    Whole<M, C, ForUpdate>: Fetch<C, M>,
{
    fn plain_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        whole::<M, C, Plain>(self).fetch(conn)
    }

    fn locked_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        whole::<M, C, ForUpdate>(self).fetch(conn)
    }
}

fn whole<M, C, L>(model: &M) -> Whole<M, C, L>
where
    C: Connection,
    M: Versioned + Selectable<C::Backend, SelectExpression: QueryId>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<AsSelect<M, C::Backend>>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    Read::new(SelectDsl::select(row, M::as_select()))
}

impl<M, C> LoadCurrent<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Row<C>,
{
    fn load_current(&self, conn: &mut C) -> Result<Option<M>, Error> {
        self.plain_row(conn)
            .map_err(|error| read_failed(self, error))
    }
}

impl<M, C> Refresh<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Row<C> + PartialEq,
{
    fn refresh(&mut self, conn: &mut C) -> Result<Refreshed<M>, Error> {
        Ok(match self.load_current(conn)? {
            None => Refreshed::Missing,
            Some(stored) if stored == *self => Refreshed::Unchanged,
            Some(stored) => Refreshed::Updated(std::mem::replace(self, stored)),
        })
    }
}
