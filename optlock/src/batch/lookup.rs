//! The rows of a batch that one statement finds: those of one scope, by their keys.

use super::index::Access;
use super::lock::{most_at_once, push_any_key};
use super::pieces::{names, push_columns};
use crate::backend::Dialect;
use crate::columns::EachColumn;
use crate::scope::{Condition, ScopeCondition};
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use std::ops::Range;

/// Rows of one scope by their keys, whatever their model: so what is sent about them is compiled once.
pub(super) trait AnyRows<DB: Backend> {
    /// The table's name.
    fn walk_table<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// `key IN (..)`, or alternatives: [`push_any_key`].
    fn walk_keys<'b>(
        &'b self,
        rows: Range<usize>,
        exactly: bool,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>;

    /// The columns of the key, as `a, b`.
    fn walk_key_columns<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// The names of the columns of the key.
    fn key_columns(&self) -> QueryResult<Vec<&'static str>>;

    /// How many rows one statement with so many other binds can find.
    fn most_at_once(&self, other_binds: usize) -> QueryResult<usize>;

    /// The condition of the scope.
    fn scope(&self) -> &dyn ScopeCondition<DB>;
}

/// The rows of the model `M` in one scope, with the keys `K`.
pub(super) struct RowsByKey<'r, M: Versioned, K> {
    table: <M::Table as QuerySource>::FromClause,
    keys: &'r K,
    scope: &'r Condition<M::Scope>,
}

impl<'r, M, K> RowsByKey<'r, M, K>
where
    M: Versioned<Table: Default>,
{
    pub(super) fn new(scope: &'r Condition<M::Scope>, keys: &'r K) -> Self {
        Self {
            table: M::Table::default().from_clause(),
            keys,
            scope,
        }
    }
}

impl<M, K, DB> AnyRows<DB> for RowsByKey<'_, M, K>
where
    DB: Dialect,
    M: Versioned,
    <M::Table as QuerySource>::FromClause: QueryFragment<DB>,
    K: EachColumn<DB>,
    Condition<M::Scope>: ScopeCondition<DB>,
{
    fn walk_table<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.table.walk_ast(out)
    }

    fn walk_keys<'b>(
        &'b self,
        rows: Range<usize>,
        exactly: bool,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        push_any_key(self.keys, rows, exactly, out)
    }

    fn walk_key_columns<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        push_columns(self.keys, out)
    }

    fn key_columns(&self) -> QueryResult<Vec<&'static str>> {
        names::<_, DB>(self.keys)
    }

    fn most_at_once(&self, other_binds: usize) -> QueryResult<usize> {
        most_at_once::<_, DB>(self.keys, other_binds)
    }

    fn scope(&self) -> &dyn ScopeCondition<DB> {
        self.scope
    }
}

/// Rows, and how the database finds them.
pub(super) struct Lookup<'r, DB> {
    rows: &'r dyn AnyRows<DB>,
    access: &'r Access,
}

impl<DB> Clone for Lookup<'_, DB> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<DB> Copy for Lookup<'_, DB> {}

impl<'r, DB: Dialect> Lookup<'r, DB> {
    pub(super) fn new(rows: &'r dyn AnyRows<DB>, access: &'r Access) -> Self {
        Self { rows, access }
    }

    /// `table`, or `table FORCE INDEX (name)`
    pub(super) fn walk_from<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.rows.walk_table(out.reborrow())?;
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
    pub(super) fn walk_where<'b>(
        &'b self,
        rows: Range<usize>,
        exactly: bool,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        out.push_sql("(");
        self.rows.walk_keys(rows, exactly, out.reborrow())?;
        out.push_sql(")");
        let scope = self.rows.scope();
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
    pub(super) fn walk_order<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Access::ByScope { columns, .. } = self.access else {
            return self.rows.walk_key_columns(out);
        };
        for (position, column) in columns.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            out.push_identifier(column)?;
        }
        Ok(())
    }

    /// How many rows one statement can find.
    pub(super) fn most_at_once(&self) -> QueryResult<usize> {
        /// The condition compares a column once, and the list once.
        const BINDS_OF_COLUMN: usize = 2;

        let mut columns = Vec::new();
        self.rows.scope().add_columns(&mut columns);
        self.rows.most_at_once(BINDS_OF_COLUMN * columns.len())
    }
}
