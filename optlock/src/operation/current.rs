//! The row as it stands.

use crate::backend::Dialect;
use crate::statement::{Plain, Read, Share};
use crate::{Error, Versioned};
use diesel::connection::LoadConnection;
use diesel::dsl::{AsSelect, Find, Select};
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::query_dsl::LoadQuery;
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
    message = "this cannot be loaded on `{C}`",
    label = "needs `Queryable`, `Selectable` and `Versioned` for one table, and a connection",
    note = "a struct that borrows cannot be loaded",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`"
)]
pub trait LoadCurrent<C>: Versioned + Sized {
    /// See [`VersionedDsl::load_current`](crate::VersionedDsl::load_current).
    ///
    /// # Errors
    ///
    /// See there.
    fn load_current(&self, conn: &mut C) -> Result<Option<Self>, Error>;
}

/// The two reads of a whole row.
pub trait Row<C>: Versioned + Sized {
    /// What an isolation level lets the connection see.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn plain_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;

    /// The same with a shared lock, where plain reads may be old ([`Dialect`]).
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn locked_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;
}

#[diagnostic::do_not_recommend]
impl<M, C> Row<C> for M
where
    C: LoadConnection<Backend: Dialect>,
    M: Versioned + Selectable<C::Backend, SelectExpression: QueryId>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<AsSelect<M, C::Backend>>,
    Whole<M, C, Plain>: for<'q> LoadQuery<'q, C, M>,
    Whole<M, C, Share>: for<'q> LoadQuery<'q, C, M>,
{
    fn plain_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        whole::<M, C, Plain>(self).get_result(conn).optional()
    }

    fn locked_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        whole::<M, C, Share>(self).get_result(conn).optional()
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

#[diagnostic::do_not_recommend]
impl<M: Row<C>, C> LoadCurrent<C> for M {
    fn load_current(&self, conn: &mut C) -> Result<Option<M>, Error> {
        Ok(self.plain_row(conn)?)
    }
}
