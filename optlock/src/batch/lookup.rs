//! The rows of a batch that one statement finds: those of one scope, by their keys.

use super::index::Access;
use super::lock::{most_at_once, push_any_key};
use super::pieces::push_columns;
use crate::backend::Dialect;
use crate::columns::EachColumn;
use crate::scope::{Condition, ScopeCondition};
use crate::versioned::Versioned;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use std::ops::Range;

/// Rows of one scope, by their keys.
pub(super) struct Lookup<'r, M: Versioned, K> {
    table: <M::Table as QuerySource>::FromClause,
    keys: &'r K,
    scope: &'r Condition<M::Scope>,
    access: &'r Access,
}

impl<'r, M, K> Lookup<'r, M, K>
where
    M: Versioned<Table: Default>,
{
    /// The rows of the scope with these keys.
    pub(super) fn new(scope: &'r Condition<M::Scope>, keys: &'r K, access: &'r Access) -> Self {
        Self {
            table: M::Table::default().from_clause(),
            keys,
            scope,
            access,
        }
    }

    /// `table`, or `table FORCE INDEX (name)`
    pub(super) fn walk_from<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Dialect,
        <M::Table as QuerySource>::FromClause: QueryFragment<DB>,
    {
        self.table.walk_ast(out.reborrow())?;
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
    pub(super) fn walk_where<'b, DB>(
        &'b self,
        rows: Range<usize>,
        exactly: bool,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        DB: Dialect,
        K: EachColumn<DB>,
        Condition<M::Scope>: ScopeCondition<DB>,
    {
        out.push_sql("(");
        push_any_key(self.keys, rows, exactly, out.reborrow())?;
        out.push_sql(")");
        if !matches!(self.access, Access::ByScope { .. }) {
            return self.scope.walk_ast(out);
        }
        self.scope.walk_in_list(out.reborrow())?;
        out.push_sql(" AND IF(TRUE");
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(", 1, 0)");
        Ok(())
    }

    /// The columns of the key, as `a, b`; or those of scope and key, in the order of the index, which the server
    /// else reads as a whole.
    pub(super) fn walk_order<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Dialect,
        K: EachColumn<DB>,
    {
        let Access::ByScope { columns, .. } = self.access else {
            return push_columns(self.keys, out);
        };
        for (position, column) in columns.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            out.push_identifier(column)?;
        }
        Ok(())
    }

    /// How many rows one statement can find.
    pub(super) fn most_at_once<DB>(&self) -> QueryResult<usize>
    where
        DB: Dialect,
        K: EachColumn<DB>,
        Condition<M::Scope>: ScopeCondition<DB>,
    {
        /// The condition compares a column once, and the list once.
        const BINDS_OF_COLUMN: usize = 2;

        let mut columns = Vec::new();
        self.scope.add_columns(&mut columns);
        most_at_once::<_, DB>(self.keys, BINDS_OF_COLUMN * columns.len())
    }
}
