//! One kind of read: what is read of the row, and how the row is locked.

use super::effect::ZeroRows;
use super::explain::{self, Expected, RowQueries};
use crate::backend::{Dialect, DieselConnection};
use crate::error::{AnyRow, Error};
use crate::executes::{Fetch, NoConnection, RowsOf, execute};
use crate::statement::{FoundBy, LockMode, Row, RowInScope, RowQuery, Walk, WalkRow, WriteLock};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use diesel::SelectableHelper as _;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::expression::{Expression, Selectable, SelectableExpression, ValidGrouping};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::marker::PhantomData;

/// Reads the version.
#[derive(Debug)]
pub struct OfVersion;

/// Reads the version, and the columns of a `T`.
#[derive(Debug)]
pub struct OfVersionAnd<T>(PhantomData<T>);

/// Reads the columns of a `T`.
#[derive(Debug)]
pub struct OfAll<T>(PhantomData<T>);

/// What is read of the row of a model `M`.
pub trait Selection<M> {
    /// What was read.
    type Found;
}

impl<M: Versioned> Selection<M> for OfVersion {
    type Found = M::Version;
}

impl<M: Versioned, T> Selection<M> for OfVersionAnd<T> {
    type Found = (M::Version, T);
}

impl<M, T> Selection<M> for OfAll<T> {
    type Found = T;
}

/// What is read together with the version, by which it is known whether a write met the row.
pub trait WithVersion<M: Versioned>: Selection<M> {
    /// The lock where plain reads may be old ([`Dialect`]).
    const LOCK: LockMode;

    /// The version in what was read.
    fn version(found: &Self::Found) -> &M::Version;
}

impl<M: Versioned> WithVersion<M> for OfVersion {
    const LOCK: LockMode = LockMode::Share;

    fn version(found: &M::Version) -> &M::Version {
        found
    }
}

impl<M: Versioned, T> WithVersion<M> for OfVersionAnd<T> {
    const LOCK: LockMode = LockMode::Update;

    fn version((version, _): &(M::Version, T)) -> &M::Version {
        version
    }
}

/// The columns of a [`Selection`], on the database `DB`.
pub trait SelectedColumns<M, DB>: Selection<M> {
    /// The columns.
    type Columns: Expression + 'static;

    /// The columns.
    fn columns() -> Self::Columns;
}

impl<M: Versioned, DB> SelectedColumns<M, DB> for OfVersion {
    type Columns = M::VersionColumn;

    fn columns() -> M::VersionColumn {
        M::VersionColumn::default()
    }
}

impl<M, T, DB> SelectedColumns<M, DB> for OfVersionAnd<T>
where
    M: Versioned,
    DB: Backend,
    T: Selectable<DB>,
    (M::VersionColumn, AsSelect<T, DB>): Expression + 'static,
{
    type Columns = (M::VersionColumn, AsSelect<T, DB>);

    fn columns() -> Self::Columns {
        (M::VersionColumn::default(), T::as_select())
    }
}

impl<M, T, DB> SelectedColumns<M, DB> for OfAll<T>
where
    DB: Backend,
    T: Selectable<DB>,
    AsSelect<T, DB>: Expression + 'static,
{
    type Columns = AsSelect<T, DB>;

    fn columns() -> Self::Columns {
        T::as_select()
    }
}

/// A [`Selection`] of the row of a model.
struct Selected<'m, M, What>(&'m M, PhantomData<What>);

impl<M, What, DB> RowQueries<DB> for Selected<'_, M, What>
where
    DB: Dialect,
    M: Versioned<Table: FoundBy<M::Key>>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<DB> + QueryId,
    What: SelectedColumns<M, DB, Columns: QueryFragment<DB> + QueryId>,
{
    fn named(&self) -> &dyn AnyRow {
        self.0
    }

    fn query(&self) -> Box<dyn Walk<DB> + '_> {
        let row = Row::new(self.0.key(), self.0.scope());
        Box::new(RowQuery::new(What::columns(), row))
    }
}

/// The row of the model can be read through the connection `C`.
pub trait ReadRow<What: Selection<Self>, C>: Versioned + Sized {
    /// **Sends** `SELECT .. FROM t WHERE key`, and what locks the row in that mode. Outside a
    /// transaction the lock is gone at once.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn read_row(&self, lock: LockMode, conn: &mut C) -> QueryResult<Option<What::Found>>;

    /// Reads the row as a write saw it: [`explain::newest`].
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn newest_row(
        &self,
        may_be_old: &dyn Fn(Option<&What::Found>) -> bool,
        conn: &mut C,
    ) -> QueryResult<Option<What::Found>>
    where
        What: WithVersion<Self>;

    /// Reads the row that a write at the version `missed` did not match: [`explain::look`].
    ///
    /// # Errors
    ///
    /// If the row has that version, in the same spelling, or cannot be read.
    fn look(
        &self,
        missed: &Self::Version,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<Option<What::Found>, Error>
    where
        What: WithVersion<Self>;

    /// Looks up why a write at the version `missed` matched no row: [`explain::respelled`].
    ///
    /// # Errors
    ///
    /// With what it finds, unless that is the same version in another spelling.
    fn respelled(
        &self,
        missed: &Self::Version,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<Self::Version, Error>
    where
        What: Selection<Self, Found = Self::Version>;

    /// Takes the row's spelling of the expected version: [`Expected::respell`].
    ///
    /// # Errors
    ///
    /// With what the row has instead.
    fn respell(
        &self,
        expected: &mut Expected<Self::Version>,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<(), Error>
    where
        What: Selection<Self, Found = Self::Version>;
}

#[diagnostic::do_not_recommend]
impl<M, What, C> ReadRow<What, C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Versioned<Table: FoundBy<M::Key>>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<C::Backend> + QueryId,
    What: SelectedColumns<M, C::Backend>,
    What::Columns:
        QueryFragment<C::Backend> + QueryId + SelectableExpression<M::Table> + ValidGrouping<()>,
    WriteLock<M::Table, M::VersionColumn>: Walk<C::Backend>,
    RowsOf<SqlTypeOf<What::Columns>>: Fetch<C::Backend, C, What::Found>,
{
    fn read_row(&self, lock: LockMode, conn: &mut C) -> QueryResult<Option<What::Found>> {
        let row = Selected::<M, What>(self, PhantomData);
        let write_lock = WriteLock::<M::Table, M::VersionColumn>::new();
        lock_and_fetch::<SqlTypeOf<What::Columns>, _, _>(&*row.query(), &write_lock, lock, conn)
    }

    fn newest_row(
        &self,
        may_be_old: &dyn Fn(Option<&What::Found>) -> bool,
        conn: &mut C,
    ) -> QueryResult<Option<What::Found>>
    where
        What: WithVersion<M>,
    {
        let row = Selected::<M, What>(self, PhantomData);
        explain::newest::<SqlTypeOf<What::Columns>, _, _>(&row, What::LOCK, may_be_old, conn)
    }

    fn look(
        &self,
        missed: &M::Version,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<Option<What::Found>, Error>
    where
        What: WithVersion<M>,
    {
        let row = Selected::<M, What>(self, PhantomData);
        explain::look::<SqlTypeOf<What::Columns>, _, _, _>(
            &row,
            What::LOCK,
            What::version,
            missed,
            zero_rows,
            conn,
        )
    }

    fn respelled(
        &self,
        missed: &M::Version,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<M::Version, Error>
    where
        What: Selection<M, Found = M::Version>,
    {
        let row = Selected::<M, What>(self, PhantomData);
        explain::respelled::<SqlTypeOf<What::Columns>, _, _>(&row, missed, zero_rows, conn)
    }

    fn respell(
        &self,
        expected: &mut Expected<M::Version>,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<(), Error>
    where
        What: Selection<M, Found = M::Version>,
    {
        let row = Selected::<M, What>(self, PhantomData);
        expected.respell::<SqlTypeOf<What::Columns>, _>(&row, zero_rows, conn)
    }
}

/// Like [`ReadRow`], of a model without a version.
pub trait ReadUnversioned<C>: Unversioned + Sized {
    /// **Sends** `SELECT .. FROM t WHERE key`, and what locks the row in that mode.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn read_unversioned(&self, lock: LockMode, conn: &mut C) -> QueryResult<Option<Self>>;
}

#[diagnostic::do_not_recommend]
impl<M, C> ReadUnversioned<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Unversioned<Table: FoundBy<M::Key>> + Selectable<C::Backend>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<C::Backend> + QueryId,
    AsSelect<M, C::Backend>:
        QueryFragment<C::Backend> + QueryId + SelectableExpression<M::Table> + ValidGrouping<()>,
    WriteLock<M::Table, M::KeyColumn>: Walk<C::Backend>,
    RowsOf<SqlTypeOf<AsSelect<M, C::Backend>>>: Fetch<C::Backend, C, M>,
{
    fn read_unversioned(&self, lock: LockMode, conn: &mut C) -> QueryResult<Option<M>> {
        let row = Row::new(self.key(), self.scope());
        let query = RowQuery::new(M::as_select(), row);
        let write_lock = WriteLock::<M::Table, M::KeyColumn>::new();
        lock_and_fetch::<SqlTypeOf<AsSelect<M, C::Backend>>, _, _>(&query, &write_lock, lock, conn)
    }
}

fn lock_and_fetch<ST, U, C>(
    query: &dyn Walk<C::Backend>,
    write_lock: &dyn Walk<C::Backend>,
    lock: LockMode,
    conn: &mut C,
) -> QueryResult<Option<U>>
where
    C: Connection<Backend: Dialect>,
    RowsOf<ST>: Fetch<C::Backend, C, U>,
{
    // Before the read, which would otherwise see a snapshot that a write no longer fits.
    if lock == LockMode::Exclusive && C::Backend::LOCKS_BY_WRITING {
        execute(write_lock, conn)?;
    }
    RowsOf::<ST>::fetch(query, lock, conn)
}

/// With impls for no connection at all the compiler waits until it knows the connection:
/// [`NoConnection`].
macro_rules! no_connection {
    ($($other:literal)*) => {$(
        impl<M: Versioned, What: Selection<M>> ReadRow<What, NoConnection<$other>> for M {
            fn read_row(
                &self,
                _lock: LockMode,
                conn: &mut NoConnection<$other>,
            ) -> QueryResult<Option<What::Found>> {
                match *conn {}
            }

            fn newest_row(
                &self,
                _may_be_old: &dyn Fn(Option<&What::Found>) -> bool,
                conn: &mut NoConnection<$other>,
            ) -> QueryResult<Option<What::Found>>
            where
                What: WithVersion<M>,
            {
                match *conn {}
            }

            fn look(
                &self,
                _missed: &M::Version,
                _zero_rows: ZeroRows,
                conn: &mut NoConnection<$other>,
            ) -> Result<Option<What::Found>, Error>
            where
                What: WithVersion<M>,
            {
                match *conn {}
            }

            fn respelled(
                &self,
                _missed: &M::Version,
                _zero_rows: ZeroRows,
                conn: &mut NoConnection<$other>,
            ) -> Result<M::Version, Error>
            where
                What: Selection<M, Found = M::Version>,
            {
                match *conn {}
            }

            fn respell(
                &self,
                _expected: &mut Expected<M::Version>,
                _zero_rows: ZeroRows,
                conn: &mut NoConnection<$other>,
            ) -> Result<(), Error>
            where
                What: Selection<M, Found = M::Version>,
            {
                match *conn {}
            }
        }
    )*};
}

no_connection!(false true);
