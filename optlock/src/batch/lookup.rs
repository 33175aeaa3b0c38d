//! The rows of a batch that one statement finds: those of one scope, by their keys.

use super::pieces::AnyColumns;
use crate::backend::{Database, Dialect};
use crate::scope::ScopeCondition;
use crate::statement::Walk;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use std::ops::Range;

/// Rows of one scope by their keys, whatever their model.
pub(super) struct RowsByKey<'r, DB: Backend> {
    pub(super) table: &'r dyn Walk<DB>,
    pub(super) keys: AnyColumns<'r, DB>,
    pub(super) scope: &'r dyn ScopeCondition<DB>,
}

/// How a database finds the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// As it likes: it has one way only, or locks no more than it has found; or no index is of use.
    Any,
    /// By this index, which begins with a column of the key.
    ByKey(String),
    /// By this index, which begins with a column of the scope.
    ByScope {
        /// Its name.
        index: String,
        /// Its columns of scope and key, in its order, and those of the key that it does not have.
        columns: Vec<String>,
    },
}

/// Rows, and how the database finds them.
pub(super) struct Lookup<'r, DB: Backend> {
    rows: RowsByKey<'r, DB>,
    access: &'r Access,
}

impl<'r, DB: Dialect> Lookup<'r, DB> {
    pub(super) fn new(rows: RowsByKey<'r, DB>, access: &'r Access) -> Self {
        Self { rows, access }
    }

    /// `table`, or `table FORCE INDEX (name)`
    pub(super) fn walk_from(&self, mut out: AstPass<'_, 'r, DB>) -> QueryResult<()> {
        self.rows.table.walk(out.reborrow())?;
        if let Access::ByKey(index) | Access::ByScope { index, .. } = self.access {
            out.push_sql(" FORCE INDEX (");
            out.push_identifier(index)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// `(key IN (..)) AND (scope)`; see [`push_any_key`].
    ///
    /// By an index that begins with the scope, `(key IN (..)) AND scope IN (?, NULL) AND IF(scope, 1, 0)`: by
    /// an equality alone the server can look all rows of the scope up, and from a fifth of them on it does.
    /// (MariaDB takes `scope IN (?, ?)` of one value for an equality. `scope >= ? AND scope <= ?` finds
    /// nothing in an index if the column is an `ENUM` or a `SET`, whose values have another order there.)
    pub(super) fn walk_where(
        &self,
        rows: Range<usize>,
        exactly: bool,
        mut out: AstPass<'_, 'r, DB>,
    ) -> QueryResult<()> {
        out.push_sql("(");
        push_any_key(&self.rows.keys, rows, exactly, out.reborrow())?;
        out.push_sql(")");
        let scope = self.rows.scope;
        if !matches!(self.access, Access::ByScope { .. }) {
            return scope.walk_ast(out);
        }
        scope.walk_in_list(out.reborrow())?;
        out.push_sql(" AND IF(TRUE");
        scope.walk_ast(out.reborrow())?;
        out.push_sql(", 1, 0)");
        Ok(())
    }

    /// The columns of the key, as `a, b`; or those of scope and key, in the order of the index, which the server
    /// else reads as a whole.
    pub(super) fn walk_order(&self, mut out: AstPass<'_, 'r, DB>) -> QueryResult<()> {
        let Access::ByScope { columns, .. } = self.access else {
            return self.rows.keys.push_columns(out);
        };
        for (position, column) in columns.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            out.push_identifier(column)?;
        }
        Ok(())
    }

    /// How many rows one statement can find.
    pub(super) fn most_at_once(&self) -> usize {
        /// The condition compares a column once, and the list once.
        const BINDS_OF_COLUMN: usize = 2;

        let mut columns = Vec::new();
        self.rows.scope.add_columns(&mut columns);
        most_at_once(&self.rows.keys, BINDS_OF_COLUMN * columns.len())
    }
}

/// The largest number of binds in a statement: it is sent in 16 bits.
pub(super) const MAX_BINDS: usize = 65_535;

/// How many rows can be locked by one statement, which has so many `other_binds`.
fn most_at_once<DB: Dialect>(keys: &AnyColumns<'_, DB>, other_binds: usize) -> usize {
    /// MariaDB plans that many alternatives for a second, and twice as many for four.
    const ALTERNATIVES: usize = 10_000;

    /// For more values than that MariaDB reads the whole index: [`optimizer_max_sel_arg_weight`][weight] is
    /// 32,000, and MySQL's `range_optimizer_max_mem_size` allows a little more.
    ///
    /// [weight]: https://mariadb.com/kb/en/server-system-variables/#optimizer_max_sel_arg_weight
    const VALUES: usize = 30_000;

    let columns = keys.len().max(1);
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
fn push_any_key<'b, DB: Dialect>(
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
