//! The versions of many rows, read by one statement.

use super::any_batch::AnyBatch;
use super::cases::NO_LIMIT;
use super::facts::{BatchFacts, OfScope};
use crate::backend::{Database, Dialect};
use crate::executes::{Executes, Wire};
use crate::statement::{LockMode, Walk};
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

/// How many rows one statement reads. SQLite takes [500 parts][limit] of a `UNION`.
///
/// [limit]: https://www.sqlite.org/limits.html#max_compound_select
const AT_ONCE: usize = 256;

/// Reads the versions of these rows, each behind its position in the batch. Returns nothing, and sends nothing, if only
/// one row at a time can be read.
pub(super) async fn read_versions<V, B, X>(
    batch: &B,
    rows: &[usize],
    lock: LockMode,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<Vec<(i64, V)>>>
where
    X: Executes,
    B: AnyBatch<X, V> + ?Sized,
{
    let at_once = match X::Backend::DATABASE {
        Some(Database::Sqlite | Database::Mysql) => AT_ONCE,
        Some(Database::Postgres) if batch.has_versions() => rows.len(),
        // PostgreSQL has other numbers, and an enum of connections may hold it, or SQLite, which has no parentheses.
        _ => return Ok(None),
    };
    let mut found = Vec::with_capacity(rows.len());
    for rows in rows.chunks(at_once.max(1)) {
        found.extend(batch.read_many(rows, lock, conn).await?);
    }
    Ok(Some(found))
}

/// The query of [`AnyBatch::read_many`].
pub(super) fn versions_of<'r, DB, R>(
    batch: &'r R,
    rows: &[usize],
    lock: LockMode,
) -> Box<dyn Walk<DB> + 'r>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    if let Some(versions) = batch.versions(rows) {
        return versions;
    }
    let of_row = |&row| (row, OfScope::new(batch, &[row]));
    Box::new(Union {
        version: batch.version_column(),
        rows: rows.iter().map(of_row).collect(),
        lock,
    })
}

/// `SELECT 0, version FROM table WHERE (key) UNION ALL SELECT 1, version FROM table WHERE (key) ..`, each within its scope
/// and, in parentheses, with its lock.
///
/// Each row is found as its single statement finds it. A list of keys would be shorter, but compare texts with other
/// types in another way, and read, and lock, the whole of a small table.
struct Union<'r, DB: Dialect> {
    version: &'static str,
    rows: Vec<(usize, OfScope<'r, DB>)>,
    lock: LockMode,
}

impl<DB: Dialect> Walk<DB> for Union<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // Its text has the length of the batch.
        out.unsafe_to_cache_prepared();
        let lock = self.lock.phrase();
        let (open, close) = lock.map_or(("", ""), |_| ("(", ")"));
        for (nth, (row, of_row)) in self.rows.iter().enumerate() {
            out.push_sql(if nth == 0 { "" } else { " UNION ALL " });
            out.push_sql(&format!("{open}SELECT {row}, "));
            out.push_identifier(self.version)?;
            out.push_sql(" FROM ");
            let one = of_row.by_key()?;
            one.table.walk(out.reborrow())?;
            out.push_sql(" WHERE ");
            one.keys.push_key(0, out.reborrow())?;
            one.scope.walk_ast(out.reborrow())?;
            if let Some(lock) = lock {
                DB::walk_phrase(lock, out.reborrow())?;
            }
            out.push_sql(close);
        }
        if DB::DATABASE == Some(Database::Mysql) {
            out.push_sql(NO_LIMIT);
        }
        Ok(())
    }
}
