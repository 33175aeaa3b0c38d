//! Many rows by their keys, locked in the order of the keys.

use super::facts::{BatchFacts, OfScope};
use super::index::find_access;
use super::lookup::Access;
use super::needs::Batches;
use super::strategy::failed;
use crate::backend::{Database, Dialect, Phrase};
use crate::error::Error;
use crate::executes::{Wire, database_of};
use crate::statement::Walk;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

/// `SELECT 1 FROM table WHERE (key IN (..)) ORDER BY key`, within a scope, and the lock.
struct LockRows<'r, DB: Dialect> {
    rows: OfScope<'r, DB>,
    count: usize,
    access: &'r Access,
    lock: &'static Phrase,
}

impl<DB: Dialect> Walk<DB> for LockRows<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let lookup = self.rows.lookup(self.access)?;
        // Its text has the length of the batch.
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT 1 FROM ");
        lookup.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        lookup.walk_where(0..self.count, false, out.reborrow())?;
        out.push_sql(" ORDER BY ");
        lookup.walk_order(out.reborrow())?;
        DB::walk_phrase(self.lock, out)
    }
}

/// Locks the rows in the order of their keys, as far as the database locks rows. A database that is locked
/// by its first write is left to the write that follows, unless the rows are read before.
pub(super) async fn lock_all<R, X>(
    rows: &R,
    lock: &'static Phrase,
    is_read_first: bool,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    let database = database_of(conn).await.map_err(failed::<X::Backend>)?;
    if database == Database::Sqlite {
        if is_read_first {
            let locked = conn.execute_any(rows.write_lock()).await;
            locked.map_err(failed::<X::Backend>)?;
        }
        return Ok(());
    }
    let mut access = None;
    for positions in rows.by_scope() {
        if access.is_none() {
            access = Some(find_access(database, rows, &positions, conn).await?);
        }
        let access = access.as_ref().unwrap_or(&Access::Any);
        let at_once = most_at_once(rows, &positions, access)?;
        for chunk in positions.chunks(at_once) {
            let statement = LockRows {
                rows: OfScope::new(rows, chunk),
                count: chunk.len(),
                access,
                lock,
            };
            let locked = conn.fetch_all::<X::Ones, _>(Box::new(statement)).await;
            locked.map_err(failed::<X::Backend>)?;
        }
    }
    Ok(())
}

/// How many of these rows one statement can find.
pub(super) fn most_at_once<DB, R>(
    rows: &R,
    positions: &[usize],
    access: &Access,
) -> QueryResult<usize>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    let one = OfScope::new(rows, &positions[..1]);
    Ok(one.lookup(access)?.most_at_once())
}
