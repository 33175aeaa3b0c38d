//! Are two keys of a batch one to the database?

use super::facts::{BatchFacts, OfScope};
use super::lookup::Access;
use super::needs::Batches;
use super::strategy::failed;
use crate::backend::Dialect;
use crate::error::Error;
use crate::executes::Wire;
use crate::statement::Walk;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

/// The first of the rows at the positions `among` that was written by another key of the batch, which
/// is one with its own to the database.
pub(super) async fn find_shared<R, X>(
    rows: &R,
    among: &[usize],
    conn: &mut Wire<'_, X>,
) -> Option<usize>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    for &row in among {
        // In a transaction of which Diesel does not know, PostgreSQL answers nothing any more.
        let is_shared = shares_its_row(rows, row, conn).await.unwrap_or(false);
        if is_shared {
            return Some(row);
        }
    }
    None
}

/// Is the row at this position that of another one too?
async fn shares_its_row<R, X>(rows: &R, row: usize, conn: &mut Wire<'_, X>) -> Result<bool, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    const AT_ONCE: usize = 500;

    for others in others_of(rows, row)? {
        for others in others.chunks(AT_ONCE) {
            let statement = SameRow {
                one: OfScope::new(rows, &[row]),
                others: OfScope::new(rows, others),
                count: others.len(),
            };
            let found = conn.fetch_all::<X::Ones, _>(Box::new(statement)).await;
            if !found.map_err(failed::<X::Backend>)?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The positions of the other rows that may be one with it to the database, those of each scope.
fn others_of<DB, R>(rows: &R, row: usize) -> QueryResult<Vec<Vec<usize>>>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    let are_integers = OfScope::new(rows, &[row]).by_key()?.keys.are_integers();
    let mut all = rows.by_scope();
    // Of one scope two integers are never one key.
    all.retain(|others| !(are_integers && others.contains(&row)));
    for others in &mut all {
        others.retain(|&other| other != row);
    }
    Ok(all)
}

/// `SELECT 1 FROM table WHERE (key) AND (key IN (..))`, each within its scope: is the row of the one key also
/// that of another key?
struct SameRow<'r, DB: Dialect> {
    one: OfScope<'r, DB>,
    others: OfScope<'r, DB>,
    count: usize,
}

impl<DB: Dialect> Walk<DB> for SameRow<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let one = self.one.lookup(&Access::Any)?;
        let others = self.others.lookup(&Access::Any)?;
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT 1 FROM ");
        others.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        one.walk_where(0..1, true, out.reborrow())?;
        out.push_sql(" AND ");
        others.walk_where(0..self.count, false, out)
    }
}
