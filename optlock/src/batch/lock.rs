//! Rows by their keys: locking many of them in the order of the keys, and asking whether two keys are one.

use super::lookup::Lookup;
use super::pieces::{are_integers, len, push_in_lists, push_key, push_or_chain};
use crate::backend::{Database, Dialect, Phrase};
use crate::columns::EachColumn;
use crate::scope::{Condition, ScopeCondition};
use crate::versioned::Versioned;
use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use diesel::sql_types::Integer;
use std::ops::Range;

/// The largest number of binds in a statement: it is sent in 16 bits.
pub(super) const MAX_BINDS: usize = 65_535;

/// How many rows can be locked by one statement, which has so many `other_binds`.
pub(super) fn most_at_once<K: EachColumn<DB>, DB: Dialect>(
    keys: &K,
    other_binds: usize,
) -> QueryResult<usize> {
    /// MariaDB plans that many alternatives for a second, and twice as many for four.
    const ALTERNATIVES: usize = 10_000;

    /// For more values than that MariaDB reads the whole index: [`optimizer_max_sel_arg_weight`][weight] is
    /// 32,000, and MySQL's `range_optimizer_max_mem_size` allows a little more.
    ///
    /// [weight]: https://mariadb.com/kb/en/server-system-variables/#optimizer_max_sel_arg_weight
    const VALUES: usize = 30_000;

    let columns = len::<_, DB>(keys)?;
    // Alternatives have the first key twice.
    let mut rows = (MAX_BINDS - other_binds) / columns - 1;
    if DB::DATABASE != Some(Database::Postgres) {
        rows = rows.min(VALUES / columns);
    }
    // An expression may have several binds.
    if !(K::are_binds() && are_listed::<_, DB>(keys)?) {
        rows = rows.min(ALTERNATIVES);
    }
    Ok(rows)
}

/// Are the keys of any type written as lists, and not as alternatives? In a list of rows MariaDB, which an
/// enum of connections may hold, takes the bytes of a text as they are, whatever the character set of
/// the column.
fn are_listed<K: EachColumn<DB>, DB: Dialect>(keys: &K) -> QueryResult<bool> {
    Ok(DB::DATABASE == Some(Database::Postgres) || len::<_, DB>(keys)? == 1)
}

/// `key IN (..)`, or `(key) OR (key) ..`
///
/// The second form compares `exactly` as the single statement does, where a list of texts would compare
/// them with a column of decimals as floats.
pub(super) fn push_any_key<'b, K: EachColumn<DB>, DB: Dialect>(
    keys: &'b K,
    rows: Range<usize>,
    exactly: bool,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    // For a list of one row MariaDB reads the whole table.
    let is_list_of_integers = rows.len() > 1 && are_integers::<_, DB>(keys)?;
    if is_list_of_integers || (!exactly && are_listed::<_, DB>(keys)?) {
        push_in_lists(keys, "", rows, out)
    } else {
        push_or_chain(keys, rows, out)
    }
}

/// `SELECT 1 FROM table WHERE (key IN (..)) ORDER BY key`, within a scope, and the lock.
pub(super) struct LockRows<'r, M: Versioned, K> {
    pub(super) lookup: &'r Lookup<'r, M, K>,
    pub(super) rows: Range<usize>,
    pub(super) lock: &'static Phrase,
}

impl<M, K, DB> QueryFragment<DB> for LockRows<'_, M, K>
where
    DB: Dialect,
    M: Versioned<Table: Default>,
    <M::Table as QuerySource>::FromClause: QueryFragment<DB>,
    K: EachColumn<DB>,
    Condition<M::Scope>: ScopeCondition<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT 1 FROM ");
        self.lookup.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.lookup
            .walk_where(self.rows.clone(), false, out.reborrow())?;
        out.push_sql(" ORDER BY ");
        self.lookup.walk_order(out.reborrow())?;
        DB::walk_phrase(self.lock, out)
    }
}

/// `SELECT 1 FROM table WHERE (key) AND (other keys)`, each within its scope: is the row of the key that
/// of another one too?
pub(super) struct SameRow<'r, T: QuerySource, K, Condition> {
    pub(super) table: T::FromClause,
    pub(super) key: &'r K,
    pub(super) scope: &'r Condition,
    pub(super) others: &'r K,
    pub(super) rows: Range<usize>,
    pub(super) other_scope: &'r Condition,
}

impl<T, K, Condition, DB> QueryFragment<DB> for SameRow<'_, T, K, Condition>
where
    DB: Dialect,
    T: QuerySource<FromClause: QueryFragment<DB>>,
    K: EachColumn<DB>,
    Condition: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT 1 FROM ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        push_key(self.key, 0, out.reborrow())?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(" AND (");
        push_any_key(self.others, self.rows.clone(), false, out.reborrow())?;
        out.push_sql(")");
        self.other_scope.walk_ast(out)
    }
}

macro_rules! of_many_rows {
    ($($statement:ident<$($parameter:ident $(: $bound:ident)?),*>)*) => {$(
        /// Its text has the length of the batch.
        impl<$($parameter $(: $bound)?),*> QueryId for $statement<'_, $($parameter),*> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl<$($parameter $(: $bound)?),*> Query for $statement<'_, $($parameter),*> {
            type SqlType = Integer;
        }

        impl<$($parameter $(: $bound)?,)* Conn> RunQueryDsl<Conn> for $statement<'_, $($parameter),*> {}
    )*};
}

of_many_rows!(LockRows<M: Versioned, K> SameRow<T: QuerySource, K, Condition>);
