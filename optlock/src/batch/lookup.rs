//! The rows of a batch that one statement finds: those of one scope, by their keys.

use super::index::Access;
use super::lock::{most_at_once, walk_keys};
use super::walk::{names, walk_columns};
use crate::Versioned;
use crate::backend::Dialect;
use crate::columns::{Columns, EachColumn};
use crate::scope::{Condition, Scope};
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use std::ops::Range;

/// The columns of the scope of a model, with the values of many rows.
pub(super) type ScopeColumns<M> = <<<M as Versioned>::Scope as Scope>::Columns as Columns>::Many;

/// Rows of one scope, by their keys.
pub(super) struct Lookup<'r, M: Versioned, K> {
    table: <M::Table as QuerySource>::FromClause,
    /// Those of the scope have a value for each row if the rows are looked up by them, and else none.
    columns: (ScopeColumns<M>, &'r K),
    condition: Condition<M::Scope>,
    access: &'r Access,
}

impl<'r, M, K> Lookup<'r, M, K>
where
    M: Versioned<Table: Default>,
{
    /// The rows of the models, which are of one scope, by these keys of theirs.
    pub(super) fn new(models: &[&M], keys: &'r K, access: &'r Access) -> Self {
        let mut scope = ScopeColumns::<M>::default();
        if let Access::ByScope(_) = access {
            for model in models {
                model.scope().columns().push_to(&mut scope);
            }
        }
        Self {
            table: M::Table::default().from_clause(),
            columns: (scope, keys),
            condition: models[0].scope().condition(),
            access,
        }
    }

    fn is_by_scope(&self) -> bool {
        matches!(self.access, Access::ByScope(_))
    }

    /// `table`, or `table FORCE INDEX (name)`
    pub(super) fn walk_from<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Dialect,
        <M::Table as QuerySource>::FromClause: QueryFragment<DB>,
    {
        self.table.walk_ast(out.reborrow())?;
        if let Access::ByKey(index) | Access::ByScope(index) = self.access {
            out.push_sql(" FORCE INDEX (");
            out.push_identifier(index)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// `(key IN (..)) AND (scope)`; see [`walk_keys`].
    ///
    /// By an index that begins with the scope, `((scope AND key) OR ..) AND IF(scope, 1, 0)`: all rows of
    /// the scope can be looked up by it too, and in this form the server does not think of it.
    pub(super) fn walk_where<'b, DB>(
        &'b self,
        rows: Range<usize>,
        exactly: bool,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        DB: Dialect,
        K: EachColumn<DB>,
        ScopeColumns<M>: EachColumn<DB>,
        Condition<M::Scope>: QueryFragment<DB>,
    {
        out.push_sql("(");
        if self.is_by_scope() {
            walk_keys(&self.columns, rows, exactly, out.reborrow())?;
            out.push_sql(") AND IF(TRUE");
            self.condition.walk_ast(out.reborrow())?;
            out.push_sql(", 1, 0)");
            return Ok(());
        }
        walk_keys(self.columns.1, rows, exactly, out.reborrow())?;
        out.push_sql(")");
        self.condition.walk_ast(out)
    }

    /// The columns by which the rows are looked up, as `a, b`.
    pub(super) fn walk_columns<'b, DB>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Dialect,
        K: EachColumn<DB>,
        ScopeColumns<M>: EachColumn<DB>,
    {
        if self.is_by_scope() {
            walk_columns(&self.columns, out)
        } else {
            walk_columns(self.columns.1, out)
        }
    }

    /// How many rows one statement can find.
    pub(super) fn most_at_once<DB>(&self) -> QueryResult<usize>
    where
        DB: Dialect,
        K: EachColumn<DB>,
        ScopeColumns<M>: EachColumn<DB>,
    {
        let binds_of_scope = names::<_, DB>(&self.columns.0)?.len();
        if self.is_by_scope() {
            most_at_once::<_, DB>(&self.columns, binds_of_scope)
        } else {
            most_at_once::<_, DB>(self.columns.1, binds_of_scope)
        }
    }
}
