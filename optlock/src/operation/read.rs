//! One kind of read: what is read of the row, and how the row is locked.

use crate::backend::{Dialect, DieselConnection};
use crate::executes::{NoConnection, execute, fetch};
use crate::hidden::transaction_depth;
use crate::statement::{
    Erased, FoundBy, LockMode, Row, RowInScope, RowQuery, Walk, WalkRow, WriteLock,
};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use diesel::SelectableHelper as _;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::expression::{Expression, Selectable, SelectableExpression, ValidGrouping};
use diesel::query_builder::QueryFragment;
use diesel::query_dsl::LoadQuery;
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
pub(crate) trait WithVersion<M: Versioned>: Selection<M> {
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
    type Columns: Expression;

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
    (M::VersionColumn, AsSelect<T, DB>): Expression,
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
    AsSelect<T, DB>: Expression,
{
    type Columns = AsSelect<T, DB>;

    fn columns() -> Self::Columns {
        T::as_select()
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
}

#[diagnostic::do_not_recommend]
impl<M, What, C> ReadRow<What, C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Versioned<Table: FoundBy<M::Key>>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<C::Backend>,
    What: SelectedColumns<M, C::Backend>,
    What::Columns: QueryFragment<C::Backend> + SelectableExpression<M::Table> + ValidGrouping<()>,
    WriteLock<M::Table, M::VersionColumn>: Walk<C::Backend>,
    for<'q> Erased<'q, C::Backend, SqlTypeOf<What::Columns>>: LoadQuery<'q, C, What::Found>,
{
    fn read_row(&self, lock: LockMode, conn: &mut C) -> QueryResult<Option<What::Found>> {
        let row = Row::new(self.key(), self.scope());
        let query = RowQuery::new(What::columns(), row);
        let write_lock = WriteLock::<M::Table, M::VersionColumn>::new();
        lock_and_fetch::<SqlTypeOf<What::Columns>, _, _>(&query, &write_lock, lock, conn)
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
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<C::Backend>,
    AsSelect<M, C::Backend>:
        QueryFragment<C::Backend> + SelectableExpression<M::Table> + ValidGrouping<()>,
    WriteLock<M::Table, M::KeyColumn>: Walk<C::Backend>,
    for<'q> Erased<'q, C::Backend, SqlTypeOf<AsSelect<M, C::Backend>>>: LoadQuery<'q, C, M>,
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
    for<'q> Erased<'q, C::Backend, ST>: LoadQuery<'q, C, U>,
{
    // Before the read, which would otherwise see a snapshot that a write no longer fits.
    if lock == LockMode::Exclusive && C::Backend::LOCKS_BY_WRITING {
        execute(write_lock, conn)?;
    }
    fetch::<ST, _, _>(query, lock, conn)
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` is true of what a plain read cannot have shown if it was the newest: a row that the
/// write would have hit, or none where the write may have missed one that is new. A transaction is open
/// then that a raw BEGIN has opened, of which Diesel does not know. (Or the write was refused, or the row
/// is gone.)
pub(crate) fn newest<What, M, C>(
    model: &M,
    may_be_old: impl FnOnce(Option<&What::Found>) -> bool,
    conn: &mut C,
) -> QueryResult<Option<What::Found>>
where
    What: WithVersion<M>,
    M: ReadRow<What, C>,
    C: Connection<Backend: Dialect>,
{
    if !C::Backend::PLAIN_READ_MAY_BE_OLD {
        return model.read_row(LockMode::Plain, conn);
    }
    if transaction_depth(conn).is_some() {
        return model.read_row(What::LOCK, conn);
    }
    match model.read_row(LockMode::Plain, conn)? {
        row if may_be_old(row.as_ref()) => model.read_row(What::LOCK, conn),
        row => Ok(row),
    }
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
        }

        impl<M: Unversioned> ReadUnversioned<NoConnection<$other>> for M {
            fn read_unversioned(
                &self,
                _lock: LockMode,
                conn: &mut NoConnection<$other>,
            ) -> QueryResult<Option<M>> {
                match *conn {}
            }
        }
    )*};
}

no_connection!(false true);
