//! Many rows by their keys, locked in the order of the keys.

use super::index::{IndexColumn, find_access};
use super::keyed::{AnyRows, OfScope, may_share_a_row};
use super::lookup::{Access, Lookup};
use super::rows::Rows;
use super::strategy::failed;
use crate::backend::{Database, Dialect, DieselConnection, Phrase};
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::error::Error;
use crate::executes::{Fetch, RowsOf, database_of, execute};
use crate::scope::{Condition, ScopeCondition};
use crate::statement::{Walk, WriteLock};
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use diesel::sql_types::{Integer, Untyped};
use std::ops::Range;

/// `SELECT 1 FROM table WHERE (key IN (..)) ORDER BY key`, within a scope, and the lock.
pub(super) struct LockRows<'r, DB: Dialect> {
    pub(super) lookup: Lookup<'r, DB>,
    pub(super) rows: Range<usize>,
    pub(super) lock: &'static Phrase,
}

impl<DB: Dialect> Walk<DB> for LockRows<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // Its text has the length of the batch.
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

/// Can the rows of many models be found by their keys, and locked, on the connection `C`?
pub trait LockAll<C>: Versioned + Sized {
    /// Locks them in the order of their keys, as far as the database locks rows. A database that is locked
    /// by its first write is left to the write that follows, unless the rows are read before.
    fn lock_all(
        rows: &Rows<'_, Self>,
        lock: &'static Phrase,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error>;

    /// Can the database take two rows for one that are not one in Rust?
    fn may_share_a_row(rows: &Rows<'_, Self>) -> QueryResult<bool>;
}

impl<M, C> LockAll<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: ScopeCondition<C::Backend>,
    WriteLock<M::Table, M::VersionColumn>: Walk<C::Backend>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
    RowsOf<Untyped>: Fetch<C::Backend, C, IndexColumn>,
{
    fn lock_all(
        rows: &Rows<'_, M>,
        lock: &'static Phrase,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error> {
        let write_lock = WriteLock::<M::Table, M::VersionColumn>::new();
        lock_all(rows, &write_lock, lock, is_read_first, conn)
    }

    fn may_share_a_row(rows: &Rows<'_, M>) -> QueryResult<bool> {
        may_share_a_row::<C::Backend>(rows)
    }
}

fn lock_all<C>(
    rows: &dyn AnyRows<C::Backend>,
    write_lock: &dyn Walk<C::Backend>,
    lock: &'static Phrase,
    is_read_first: bool,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
    RowsOf<Untyped>: Fetch<C::Backend, C, IndexColumn>,
{
    if !C::Backend::LOCKS_ROWS {
        return lock_by_writing(write_lock, is_read_first, conn);
    }
    let database = database_of(conn).map_err(failed::<C::Backend>)?;
    if database == Database::Sqlite {
        return lock_by_writing(write_lock, is_read_first, conn);
    }
    let mut access = None;
    for positions in rows.by_scope() {
        let of_scope = OfScope::new(rows, &positions);
        let of_scope = of_scope.by_key()?;
        if access.is_none() {
            let found = find_access(database, &of_scope, conn);
            access = Some(found.map_err(failed::<C::Backend>)?);
        }
        let access = access.as_ref().unwrap_or(&Access::Any);
        lock_rows(Lookup::new(&of_scope, access), positions.len(), lock, conn)?;
    }
    Ok(())
}

/// Takes the lock of a database that locks no rows, before a read.
fn lock_by_writing<C>(
    write_lock: &dyn Walk<C::Backend>,
    is_read_first: bool,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
{
    if is_read_first {
        execute(write_lock, conn).map_err(failed::<C::Backend>)?;
    }
    Ok(())
}

fn lock_rows<C>(
    lookup: Lookup<'_, C::Backend>,
    rows: usize,
    lock: &'static Phrase,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    let chunk = lookup.most_at_once();
    for start in (0..rows).step_by(chunk) {
        let statement = LockRows {
            lookup,
            rows: start..rows.min(start + chunk),
            lock,
        };
        RowsOf::<Integer>::fetch_all(&statement, conn).map_err(failed::<C::Backend>)?;
    }
    Ok(())
}
