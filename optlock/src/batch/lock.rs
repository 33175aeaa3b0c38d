//! Rows by their keys: locking many of them in the order of the keys, and asking whether two keys are one.

use super::lookup::Lookup;
use super::pieces::AnyColumns;
use crate::backend::{Database, Dialect, Phrase};
use crate::statement::Walk;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use std::ops::Range;

/// The largest number of binds in a statement: it is sent in 16 bits.
pub(super) const MAX_BINDS: usize = 65_535;

/// How many rows can be locked by one statement, which has so many `other_binds`.
pub(super) fn most_at_once<DB: Dialect>(keys: &AnyColumns<'_, DB>, other_binds: usize) -> usize {
    /// MariaDB plans that many alternatives for a second, and twice as many for four.
    const ALTERNATIVES: usize = 10_000;

    /// For more values than that MariaDB reads the whole index: [`optimizer_max_sel_arg_weight`][weight] is
    /// 32,000, and MySQL's `range_optimizer_max_mem_size` allows a little more.
    ///
    /// [weight]: https://mariadb.com/kb/en/server-system-variables/#optimizer_max_sel_arg_weight
    const VALUES: usize = 30_000;

    let columns = keys.len();
    // Alternatives have the first key twice.
    let mut rows = (MAX_BINDS - other_binds) / columns - 1;
    if DB::DATABASE != Some(Database::Postgres) {
        rows = rows.min(VALUES / columns);
    }
    // An expression may have several binds.
    if !(keys.are_binds() && are_listed(keys)) {
        rows = rows.min(ALTERNATIVES);
    }
    rows
}

/// Are the keys of any type written as lists, and not as alternatives? In a list of rows MariaDB, which an
/// enum of connections may hold, takes the bytes of a text as they are, whatever the character set of
/// the column.
fn are_listed<DB: Dialect>(keys: &AnyColumns<'_, DB>) -> bool {
    DB::DATABASE == Some(Database::Postgres) || keys.len() == 1
}

/// `key IN (..)`, or `(key) OR (key) ..`
///
/// The second form compares `exactly` as the single statement does, where a list of texts would compare
/// them with a column of decimals as floats.
pub(super) fn push_any_key<'b, DB: Dialect>(
    keys: &AnyColumns<'b, DB>,
    rows: Range<usize>,
    exactly: bool,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    // For a list of one row MariaDB reads the whole table.
    let is_list_of_integers = rows.len() > 1 && keys.are_integers();
    if is_list_of_integers || (!exactly && are_listed(keys)) {
        keys.push_in_lists("", rows, out)
    } else {
        keys.push_or_chain(rows, out)
    }
}

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
