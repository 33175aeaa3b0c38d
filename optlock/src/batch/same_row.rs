//! Are two keys of a batch one to the database?

use super::keyed::{AnyRows, OfScope};
use super::lock::LockAll;
use super::lookup::{Access, Lookup, RowsByKey};
use super::rows::Rows;
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
pub trait SharesRow<M: Versioned, C> {
    /// The first of the rows at the positions `among` that was written by another key of the batch, which
    /// is one with its own to the database.
    fn find_shared(rows: &Rows<'_, M>, among: &[usize], conn: &mut C) -> Option<usize>;
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
    fn find_shared(rows: &Rows<'_, M>, among: &[usize], conn: &mut C) -> Option<usize> {
        find_shared(rows, among, conn)
    }
}

fn find_shared<C>(rows: &dyn AnyRows<C::Backend>, among: &[usize], conn: &mut C) -> Option<usize>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    for &row in among {
        // In a transaction of which Diesel does not know, PostgreSQL answers nothing any more.
        let is_shared = shares_its_row(rows, row, conn).unwrap_or(false);
        if is_shared {
            return Some(row);
        }
    }
    None
}

/// Is the row at this position that of another one too?
fn shares_its_row<C>(
    rows: &dyn AnyRows<C::Backend>,
    row: usize,
    conn: &mut C,
) -> Result<bool, Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    let one = OfScope::new(rows, &[row]);
    let one = one.by_key()?;
    for mut others in rows.by_scope() {
        let is_own_scope = others.contains(&row);
        others.retain(|&other| other != row);
        // Of one scope two integers are never one key.
        if others.is_empty() || (is_own_scope && one.keys.are_integers()) {
            continue;
        }
        let count = others.len();
        let others = OfScope::new(rows, &others);
        if is_row_of_another(&one, &others.by_key()?, count, conn)? {
            return Ok(true);
        }
    }
    Ok(false)
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
