//! Are two keys of a batch one to the database?

use super::lock::LockAll;
use super::lookup::{Access, Lookup, RowsByKey, TableName};
use super::pieces::AnyColumns;
use super::rows::{by_scope, condition_of, keys_of};
use super::strategy::failed;
use crate::backend::{Dialect, DieselConnection};
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::error::Error;
use crate::executes::{Fetch, RowsOf};
use crate::scope::{Condition, ScopeCondition};
use crate::statement::Walk;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use diesel::sql_types::Integer;
use std::ops::Range;

/// Whose row is it? Asked of the strategy of a batch, as [`DeleteCascading`] is.
pub trait SharesRow<M, C> {
    /// Is the row of the model at `index` that of another one too?
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error>;
}

impl<Strategy, M, C> SharesRow<M, C> for Strategy
where
    C: DieselConnection<Backend: Dialect>,
    M: LockAll<C> + Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: ScopeCondition<C::Backend>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error> {
        let model = &models[index];
        let (key, scope) = (keys_of(std::iter::once(model)), condition_of(model));
        let table = TableName::<M::Table>::new();
        let one = RowsByKey {
            table: &table,
            keys: AnyColumns::of(&key)?,
            scope: &scope,
        };
        let own = model.scope();
        // Of one scope two integers are never one key.
        let is_asked = M::may_share_a_row()?;
        for rows in by_scope(models.iter().map(Versioned::scope).collect()) {
            if !is_asked && models[rows[0]].scope() == own {
                continue;
            }
            let others = rows.iter().filter(|&&row| row != index);
            let keys = keys_of(others.map(|&row| &models[row]));
            let scope = condition_of(&models[rows[0]]);
            let others = RowsByKey {
                table: &table,
                keys: AnyColumns::of(&keys)?,
                scope: &scope,
            };
            let count = rows.len() - usize::from(rows.contains(&index));
            if is_row_of_another(&one, &others, count, conn)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Is the row of the key `one` that of one of the others?
fn is_row_of_another<C>(
    one: &RowsByKey<'_, C::Backend>,
    others: &RowsByKey<'_, C::Backend>,
    count: usize,
    conn: &mut C,
) -> Result<bool, Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    const AT_ONCE: usize = 500;

    for start in (0..count).step_by(AT_ONCE) {
        let statement = SameRow {
            one: Lookup::new(one, &Access::Any),
            others: Lookup::new(others, &Access::Any),
            rows: start..count.min(start + AT_ONCE),
        };
        let found = RowsOf::<Integer>::fetch_all(&statement, conn);
        if !found.map_err(failed::<C::Backend>)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `SELECT 1 FROM table WHERE (key) AND (key IN (..))`, each within its scope: is the row of the one key also
/// that of another key?
pub(super) struct SameRow<'r, DB: Dialect> {
    pub(super) one: Lookup<'r, DB>,
    pub(super) others: Lookup<'r, DB>,
    pub(super) rows: Range<usize>,
}

impl<DB: Dialect> Walk<DB> for SameRow<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT 1 FROM ");
        self.others.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.one.walk_where(0..1, true, out.reborrow())?;
        out.push_sql(" AND ");
        self.others.walk_where(self.rows.clone(), false, out)
    }
}
