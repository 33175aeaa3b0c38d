//! What a batch needs of a model and of a connection, under one name each.

use super::any_batch::SeesBatch;
use super::dialect::BatchDialect;
use super::index::IndexColumn;
use super::strategy::{DeleteMany, SaveMany};
use crate::backend::Dialect;
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::executes::{Execute, ExecuteUpdate, Executes, Fetch, RowsOf};
use crate::identity::Identified;
use crate::operation::{OfVersion, ReadRow};
use crate::scope::{Scope, ScopeCondition};
use crate::statement::CheckedStatements;
use crate::versioned::Versioned;
use diesel::dsl::SqlTypeOf;
use diesel::query_builder::QueryFragment;
use diesel::query_source::QuerySource;
use diesel::sql_types::{BigInt, Integer, Untyped};

/// A model whose rows the database `DB` finds by many keys.
pub(crate) trait Keyed<DB: Dialect>:
    Versioned<
        Table: Default + QuerySource<FromClause: QueryFragment<DB>>,
        Scope: Scope<Condition: ScopeCondition<DB>>,
    > + for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<DB>>>
{
}

#[diagnostic::do_not_recommend]
impl<M, DB: Dialect> Keyed<DB> for M where
    M: Versioned<
            Table: Default + QuerySource<FromClause: QueryFragment<DB>>,
            Scope: Scope<Condition: ScopeCondition<DB>>,
        > + for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<DB>>>
{
}

/// What a batch reads.
#[derive(Debug)]
pub(crate) struct Answers;

/// What a batch reads can be read through the connections of `X`.
pub(crate) trait ReadableOn<X: Executes> {
    /// A one for each row.
    type Ones: Fetch<X, i32>;
    /// Numbers.
    type Counts: Fetch<X, i64>;
    /// Positions of rows, each with a number.
    type Mismatches: Fetch<X, (i64, i64)>;
    /// Columns of indexes.
    type Indexes: Fetch<X, IndexColumn>;
}

#[diagnostic::do_not_recommend]
impl<X> ReadableOn<X> for Answers
where
    X: Executes,
    RowsOf<Integer>: Fetch<X, i32>,
    RowsOf<BigInt>: Fetch<X, i64>,
    RowsOf<(BigInt, BigInt)>: Fetch<X, (i64, i64)>,
    RowsOf<Untyped>: Fetch<X, IndexColumn>,
{
    type Ones = RowsOf<Integer>;
    type Counts = RowsOf<BigInt>;
    type Mismatches = RowsOf<(BigInt, BigInt)>;
    type Indexes = RowsOf<Untyped>;
}

/// Connections through which batches are sent.
///
/// Where an operation asks for it, it asks for `Answers: ReadableOn<X>` instead: a where clause that names `X`
/// hides that its futures are `Send`.
pub(crate) trait Batches: SeesBatch + Executes<Backend: BatchDialect> {
    /// See [`ReadableOn`].
    type Ones: Fetch<Self, i32>;
    /// See [`ReadableOn`].
    type Counts: Fetch<Self, i64>;
    /// See [`ReadableOn`].
    type Mismatches: Fetch<Self, (i64, i64)>;
    /// See [`ReadableOn`].
    type Indexes: Fetch<Self, IndexColumn>;
}

#[diagnostic::do_not_recommend]
impl<X> Batches for X
where
    X: SeesBatch + Executes<Backend: BatchDialect>,
    Answers: ReadableOn<X>,
{
    type Ones = <Answers as ReadableOn<X>>::Ones;
    type Counts = <Answers as ReadableOn<X>>::Counts;
    type Mismatches = <Answers as ReadableOn<X>>::Mismatches;
    type Indexes = <Answers as ReadableOn<X>>::Indexes;
}

/// The strategy of the database of `X`.
pub(super) type Strategy<X> = <<X as Executes>::Backend as BatchDialect>::Strategy;

/// A model the versions of whose rows can be read through the connections of `X`, each with the position of its row.
pub(crate) trait ReadVersions<X: Executes>: Versioned {
    /// What is read.
    type Positions: Fetch<X, (i64, Self::Version)>;
}

#[diagnostic::do_not_recommend]
impl<M, X> ReadVersions<X> for M
where
    X: Executes,
    M: Versioned,
    RowsOf<(BigInt, SqlTypeOf<M::VersionColumn>)>: Fetch<X, (i64, M::Version)>,
{
    type Positions = RowsOf<(BigInt, SqlTypeOf<M::VersionColumn>)>;
}

macro_rules! needs {
    ($(#[$doc:meta])* $name:ident<X>: $($needs:tt)+) => {
        $(#[$doc])*
        pub(crate) trait $name<X: Executes<Backend: BatchDialect>>: $($needs)+ {}

        #[diagnostic::do_not_recommend]
        impl<M, X: Executes<Backend: BatchDialect>> $name<X> for M where M: $($needs)+ {}
    };
}

needs! {
    /// See [`SaveAll`](crate::methods::SaveAll).
    SavedTogetherOn<X>: ReadRow<OfVersion, X>
        + ReadVersions<X>
        + Keyed<X::Backend>
        + for<'a> Identified<'a>
        + for<'a> CheckedStatements<'a, Self::Version, Update: ExecuteUpdate<X>>
}

needs! {
    /// See [`DeleteAll`](crate::methods::DeleteAll).
    DeletedTogetherOn<X>: ReadRow<OfVersion, X>
        + ReadVersions<X>
        + Keyed<X::Backend>
        + for<'a> Identified<'a>
        + for<'a> CheckedStatements<'a, Self::Version, Delete: Execute<X>>
}

/// The statements of a save of many `M`.
pub(super) type Saves<M, X> = <Strategy<X> as SaveMany<M, <X as Executes>::Backend>>::Writes;

/// The statements of a delete of many `M`.
pub(super) type Deletes<M, X> = <Strategy<X> as DeleteMany<M, <X as Executes>::Backend>>::Writes;
