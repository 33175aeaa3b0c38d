//! The row that a statement is about: one builder of each `WHERE`.

use super::has_version::WithVersionCondition;
use crate::hidden::EqAll;
use crate::scope::{BothConditions, Condition};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{QuerySource, Table};
use std::fmt;
use std::marker::PhantomData;

/// A table in which Diesel finds a row by the key `K`.
pub trait FoundBy<K>: Table + Default {
    /// The columns of the key equal its values.
    type HasKey;

    /// What follows `FROM`, and what follows `WHERE`.
    fn found_by(key: K) -> (Self::FromClause, Self::HasKey);
}

#[diagnostic::do_not_recommend]
impl<T, K> FoundBy<K> for T
where
    T: Table<PrimaryKey: EqAll<K>> + Default,
{
    type HasKey = <T::PrimaryKey as EqAll<K>>::Output;

    fn found_by(key: K) -> (T::FromClause, Self::HasKey) {
        let table = T::default();
        (table.from_clause(), table.primary_key().eq_all(key))
    }
}

/// The row of the table `T` with a key, if it meets conditions.
///
/// Each condition is a fragment that begins with ` AND (`, or writes nothing. Diesel puts each term of
/// its `WHERE` in parentheses, so that the conditions bind all of it.
pub struct Row<T: QuerySource, Key, Conditions> {
    table: T::FromClause,
    key: Key,
    conditions: Conditions,
}

/// A row of the table `T`, found by the key `K` within the scope `S`.
pub(crate) type RowInScope<T, K, S> = Row<T, <T as FoundBy<K>>::HasKey, Condition<S>>;

impl<T, Key, C> Row<T, Key, C>
where
    T: QuerySource,
{
    /// The row with that key, if it meets the condition of its scope. (It takes the condition, and not the scope, which is
    /// one for many tables.)
    pub(crate) fn new<K>(key: K, conditions: C) -> Self
    where
        T: FoundBy<K, HasKey = Key>,
    {
        let (table, key) = T::found_by(key);
        Self {
            table,
            key,
            conditions,
        }
    }

    /// The row if it meets another condition as well, which comes before the others: the version, or a lease.
    /// (A batch does not use it. What it needs of such a condition, `batch` writes itself, as it does for
    /// the version; and what explains zero rows knows of the key, the scope and the version.)
    pub(super) fn guarded_by<Guard>(self, guard: Guard) -> Row<T, Key, BothConditions<Guard, C>> {
        Row {
            table: self.table,
            key: self.key,
            conditions: BothConditions(guard, self.conditions),
        }
    }
}

/// A [`Row`] as a statement on the database `DB` names it.
pub trait WalkRow<DB: Backend> {
    /// Writes the name of the table.
    fn walk_table<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Writes ` WHERE ..`.
    fn walk_where<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

/// A [`Row`] whose version is a condition.
pub(crate) trait WalkVersionedRow<DB: Backend>: WalkRow<DB> {
    /// See [`WithVersionCondition`].
    fn walk_unmoved<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<T, Key, C, DB> WalkRow<DB> for Row<T, Key, C>
where
    DB: Backend,
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Key: QueryFragment<DB>,
    C: QueryFragment<DB>,
{
    fn walk_table<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.table.walk_ast(out)
    }

    fn walk_where<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" WHERE ");
        self.key.walk_ast(out.reborrow())?;
        self.conditions.walk_ast(out)
    }
}

impl<T, Key, C, DB> WalkVersionedRow<DB> for Row<T, Key, C>
where
    Self: WalkRow<DB>,
    DB: Backend,
    T: QuerySource,
    C: WithVersionCondition<DB>,
{
    fn walk_unmoved<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.conditions.walk_unmoved(out)
    }
}

/// [`Row`] in Diesel's cache.
#[derive(Debug)]
pub struct RowId<T, Key, Conditions>(PhantomData<(T, Key, Conditions)>);

impl<T, Key, Conditions> QueryId for Row<T, Key, Conditions>
where
    T: QuerySource + QueryId,
    Key: QueryId,
    Conditions: QueryId,
{
    type QueryId = RowId<T::QueryId, Key::QueryId, Conditions::QueryId>;
    const HAS_STATIC_QUERY_ID: bool =
        T::HAS_STATIC_QUERY_ID && Key::HAS_STATIC_QUERY_ID && Conditions::HAS_STATIC_QUERY_ID;
}

impl<T: QuerySource, Key, Conditions> fmt::Debug for Row<T, Key, Conditions> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}
