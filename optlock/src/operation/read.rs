//! One kind of read: what is read of the row, and how the row is locked.

use crate::backend::Dialect;
use crate::executes::{Answer, Executes, Fetch, Query, Returned, RowsOf, Wire};
use crate::scope::Scope as _;
use crate::statement::{
    FoundBy, LockMode, Row, RowInScope, RowLock, RowQuery, TableName, Walk, WalkRow, WriteLock,
};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use diesel::SelectableHelper as _;
use diesel::backend::Backend;
use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::expression::{Expression, Selectable, SelectableExpression, ValidGrouping};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_source::Column as _;
use diesel::result::QueryResult;
use std::marker::PhantomData;
use std::ops::Deref;

/// Reads the version.
#[derive(Debug)]
pub(crate) struct OfVersion;

/// Reads the version, and the columns of a `T`.
#[derive(Debug)]
pub(crate) struct OfVersionAnd<T>(PhantomData<T>);

/// Reads the columns of a `T`.
#[derive(Debug)]
pub(crate) struct OfAll<T>(PhantomData<T>);

/// What is read of the row of a model `M`.
pub(crate) trait Selection<M> {
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

/// Where the version is in what was read, whatever its model.
pub(crate) struct OneRead<Found, V> {
    /// The version in what was read.
    pub(super) version: fn(&Found) -> &V,
    /// That version alone.
    pub(super) into_version: fn(Found) -> V,
}

impl<V> OneRead<V, V> {
    pub(super) const OF_VERSION: Self = Self {
        version: |version| version,
        into_version: |version| version,
    };
}

/// What is read together with the version, by which it is known whether a write met the row.
pub(crate) trait WithVersion<M: Versioned>: Selection<M> {
    /// Where the version is in it.
    const READ: OneRead<Self::Found, M::Version>;

    /// The lock where plain reads may be old ([`Dialect`]).
    const LOCK: LockMode = LockMode::Update;

    /// Can an update return it? Not where more is read than the version: what cannot be built from the row would be an
    /// error behind a write that is committed.
    const RETURNS: bool = false;

    /// Where the version goes that an update returns.
    fn returned<X>(_found: &mut Option<Self::Found>) -> Option<Returned<'_, M::Version, X>>
    where
        X: Executes,
        M: ReadRow<Self, X>,
        Self: Sized,
    {
        None
    }
}

impl<M: Versioned> WithVersion<M> for OfVersion {
    const READ: OneRead<M::Version, M::Version> = OneRead::OF_VERSION;
    const LOCK: LockMode = LockMode::Share;
    const RETURNS: bool = true;

    fn returned<X>(found: &mut Option<M::Version>) -> Option<Returned<'_, M::Version, X>>
    where
        X: Executes,
        M: ReadRow<Self, X>,
    {
        if M::GENERATED && X::Backend::RETURNS_WRITTEN {
            return Some(Returned {
                column: M::VersionColumn::NAME,
                found,
                fetch: M::Rows::fetch_counted,
            });
        }
        None
    }
}

/// A function that is a [`WithVersion::returned`].
pub(super) type ReturnedFn<M, Found, X> =
    for<'f> fn(&'f mut Option<Found>) -> Option<Returned<'f, <M as Versioned>::Version, X>>;

impl<M: Versioned, T> WithVersion<M> for OfVersionAnd<T> {
    const READ: OneRead<(M::Version, T), M::Version> = OneRead {
        version: |(version, _)| version,
        into_version: |(version, _)| version,
    };
}

impl<M: Versioned> WithVersion<M> for OfAll<M> {
    const READ: OneRead<M, M::Version> = OneRead {
        version: M::version,
        into_version: |row| row.version().clone(),
    };
}

/// The types of the columns of a `T`, on the database `DB`.
type SelectedTypes<T, DB> = SqlTypeOf<<T as Selectable<DB>>::SelectExpression>;

/// The columns of a [`Selection`], on the database `DB`.
pub(crate) trait SelectedColumns<M, DB>: Selection<M> {
    /// The columns.
    type Columns: Expression + 'static;

    /// Their types. (Of an `AsSelect`, Diesel's are a marker that stands for them.)
    type Types;

    /// The columns.
    fn columns() -> Self::Columns;
}

impl<M: Versioned, DB> SelectedColumns<M, DB> for OfVersion {
    type Columns = M::VersionColumn;
    type Types = SqlTypeOf<M::VersionColumn>;

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
    type Types = (SqlTypeOf<M::VersionColumn>, SelectedTypes<T, DB>);

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
    type Types = SelectedTypes<T, DB>;

    fn columns() -> Self::Columns {
        T::as_select()
    }
}

/// The query of a model's row, on the database `DB`.
pub(crate) trait SelectRow<What, DB: Dialect>: Versioned {
    /// `SELECT .. FROM t WHERE key`, for that lock.
    fn query(&self, lock: LockMode) -> Box<dyn Walk<DB> + '_>;

    /// What locks the row in another transaction.
    fn row_lock(&self) -> RowLock<DB>;

    /// What takes the lock of a database that locks by its first write.
    fn write_lock(&self) -> Box<dyn Walk<DB> + '_>;
}

#[diagnostic::do_not_recommend]
impl<M, What, DB> SelectRow<What, DB> for M
where
    DB: Dialect,
    M: Versioned<Table: FoundBy<M::Key>>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<DB> + QueryId + Send + Sync + 'static,
    What: SelectedColumns<M, DB>,
    What::Columns: QueryFragment<DB> + QueryId + SelectableExpression<M::Table> + ValidGrouping<()>,
    TableName<M::Table>: Walk<DB>,
{
    fn query(&self, lock: LockMode) -> Box<dyn Walk<DB> + '_> {
        // Two texts of one name: they are kept by the lock as well.
        let condition = match lock {
            LockMode::Written => self.scope().condition_behind_save(),
            _ => self.scope().condition(),
        };
        Box::new(RowQuery::new(
            What::columns(),
            Row::new(self.key(), condition),
        ))
    }

    fn row_lock(&self) -> RowLock<DB> {
        RowLock::new(Row::<M::Table, _, _>::new(
            self.key(),
            self.scope().condition(),
        ))
    }

    fn write_lock(&self) -> Box<dyn Walk<DB> + '_> {
        let table = Box::new(TableName::<M::Table>::new());
        Box::new(WriteLock::new(table, M::VersionColumn::NAME))
    }
}

/// The row of the model can be read through the connections of `X`.
pub(crate) trait ReadRow<What: Selection<Self>, X: Executes>:
    SelectRow<What, X::Backend> + Sized
{
    /// What is read.
    type Rows: Fetch<X, What::Found>;
}

#[diagnostic::do_not_recommend]
impl<M, What, X> ReadRow<What, X> for M
where
    X: Executes,
    What: SelectedColumns<M, X::Backend>,
    M: SelectRow<What, X::Backend>,
    RowsOf<What::Types>: Fetch<X, What::Found>,
{
    type Rows = RowsOf<What::Types>;
}

/// A function that reads a row, and keeps what was read. What holds one need not ask that the row can be read, which
/// the compiler would prove anew for each trait that it implements.
pub(super) type ReadInto<M, Found, X> = for<'w, 'c> fn(
    &'w M,
    LockMode,
    &'w mut Wire<'c, X>,
    &'w mut Option<Found>,
) -> Answer<'w, X, ()>;

/// A function that makes the lock of a row, on a database that locks rows.
pub(crate) type RowLockFn<M, X> = Option<fn(&M) -> RowLock<<X as Executes>::Backend>>;

/// That function of a model. `None` on SQLite, so that nothing is compiled there.
pub(crate) const fn row_lock<What, M, X>() -> RowLockFn<M, X>
where
    X: Executes,
    What: Selection<M>,
    M: ReadRow<What, X>,
{
    if X::Backend::LOCKS_ROWS {
        Some(M::row_lock)
    } else {
        None
    }
}

/// **Sends** `SELECT .. FROM t WHERE key`, and keeps what was read in `found`.
pub(super) fn read_into<'w, What, M, X>(
    model: &'w M,
    lock: LockMode,
    conn: &'w mut Wire<'_, X>,
    found: &'w mut Option<What::Found>,
) -> Answer<'w, X, ()>
where
    X: Executes,
    What: Selection<M>,
    M: ReadRow<What, X>,
{
    conn.fetch_into::<M::Rows, _>(model.query(lock), lock, found)
}

/// **Sends** `SELECT .. FROM t WHERE key`, and what locks the row in that mode. Outside a transaction the lock is
/// gone at once.
pub(super) fn read<'w, What, M, X>(
    model: &'w M,
    lock: LockMode,
    conn: &'w mut Wire<'_, X>,
) -> Answer<'w, X, Option<What::Found>>
where
    X: Executes,
    What: Selection<M>,
    M: ReadRow<What, X>,
{
    conn.fetch::<M::Rows, _>(model.query(lock), lock)
}

/// Reads the row under a lock that keeps other writers away to the end of the transaction.
pub(super) async fn lock_and_read<What, M, R, X>(
    model: R,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<What::Found>>
where
    X: Executes,
    What: Selection<M>,
    M: ReadRow<What, X>,
    R: Deref<Target = M>,
{
    // Before the read, which would otherwise see a snapshot that a write no longer fits.
    if X::Backend::LOCKS_BY_WRITING {
        conn.execute_any(model.write_lock()).await?;
    }
    read(&*model, LockMode::Exclusive, conn).await
}

/// Like [`ReadRow`], of a model without a version.
pub(crate) trait ReadUnversioned<X: Executes>: Unversioned + Sized {
    /// What is read.
    type Rows: Fetch<X, Self>;

    /// `SELECT .. FROM t WHERE key`
    fn query(&self) -> Query<'_, X>;

    /// What locks the row in another transaction.
    fn row_lock(&self) -> RowLock<X::Backend>;

    /// What takes the lock of a database that locks by its first write.
    fn write_lock(&self) -> Query<'_, X>;
}

#[diagnostic::do_not_recommend]
impl<M, X> ReadUnversioned<X> for M
where
    X: Executes,
    M: Unversioned<Table: FoundBy<M::Key>> + Selectable<X::Backend>,
    RowInScope<M::Table, M::Key, M::Scope>: WalkRow<X::Backend> + QueryId + Send + Sync + 'static,
    AsSelect<M, X::Backend>:
        QueryFragment<X::Backend> + QueryId + SelectableExpression<M::Table> + ValidGrouping<()>,
    TableName<M::Table>: Walk<X::Backend>,
    RowsOf<SelectedTypes<M, X::Backend>>: Fetch<X, M>,
{
    type Rows = RowsOf<SelectedTypes<M, X::Backend>>;

    fn query(&self) -> Query<'_, X> {
        let row = Row::new(self.key(), self.scope().condition());
        Box::new(RowQuery::new(M::as_select(), row))
    }

    fn row_lock(&self) -> RowLock<X::Backend> {
        RowLock::new(Row::<M::Table, _, _>::new(
            self.key(),
            self.scope().condition(),
        ))
    }

    fn write_lock(&self) -> Query<'_, X> {
        let table = Box::new(TableName::<M::Table>::new());
        Box::new(WriteLock::new(table, M::KeyColumn::NAME))
    }
}

/// Like [`read`], of a model without a version.
pub(super) fn read_unversioned<'w, M, X>(
    model: &'w M,
    lock: LockMode,
    conn: &'w mut Wire<'_, X>,
) -> Answer<'w, X, Option<M>>
where
    X: Executes,
    M: ReadUnversioned<X>,
{
    conn.fetch::<M::Rows, _>(model.query(), lock)
}

/// Like [`lock_and_read`], of a model without a version.
pub(super) async fn lock_and_read_unversioned<M, X>(
    model: &M,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<M>>
where
    X: Executes,
    M: ReadUnversioned<X>,
{
    if X::Backend::LOCKS_BY_WRITING {
        conn.execute_any(model.write_lock()).await?;
    }
    read_unversioned(model, LockMode::Exclusive, conn).await
}
