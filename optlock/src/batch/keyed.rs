//! The rows of a batch by their keys and scopes, whatever their model: so what is sent about them is compiled
//! once.

use super::lookup::{RowsByKey, TableName};
use super::pieces::{AnyColumns, ManyColumns};
use super::rows::{KeyColumns, Rows};
use crate::backend::Dialect;
use crate::columns::{Columns, EachColumn, VersionedColumns};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::error::AnyRow;
use crate::scope::{Condition, Scope as _, ScopeCondition};
use crate::statement::Walk;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// [`Rows`], whatever their model.
pub(super) trait AnyRows<DB: Backend> {
    /// The row at this position, as errors name it.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn named(&self, row: usize) -> &dyn AnyRow;

    /// Are they all of one scope, which one statement can name?
    fn are_of_one_scope(&self) -> bool;

    /// The positions of the rows of each scope, in an order of scopes that is the same for each client.
    fn by_scope(&self) -> Vec<Vec<usize>>;

    /// Their table.
    fn table(&self) -> Box<dyn Walk<DB> + '_>;

    /// The keys of the rows at these positions.
    fn keys(&self, rows: &[usize]) -> Box<dyn ManyColumns<DB> + '_>;

    /// The scope of the row at this position.
    fn scope(&self, row: usize) -> Box<dyn ScopeCondition<DB> + '_>;
}

impl<M, DB> AnyRows<DB> for Rows<'_, M>
where
    DB: Dialect,
    M: Versioned<Table: Default>,
    M: for<'k> VersionedColumns<'k, Key: Columns<Many: EachColumn<DB>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<DB>,
    Condition<M::Scope>: ScopeCondition<DB>,
{
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn named(&self, row: usize) -> &dyn AnyRow {
        self.model(row)
    }

    fn are_of_one_scope(&self) -> bool {
        are_equal(&self.scopes())
    }

    fn by_scope(&self) -> Vec<Vec<usize>> {
        by_scope(self.scopes())
    }

    fn table(&self) -> Box<dyn Walk<DB> + '_> {
        Box::new(TableName::<M::Table>::new())
    }

    fn keys(&self, rows: &[usize]) -> Box<dyn ManyColumns<DB> + '_> {
        let mut keys = KeyColumns::<'_, M>::default();
        for &row in rows {
            self.model(row).key_columns().push_to(&mut keys);
        }
        Box::new(keys)
    }

    fn scope(&self, row: usize) -> Box<dyn ScopeCondition<DB> + '_> {
        Box::new(self.model(row).scope().condition())
    }
}

/// Some rows of one scope.
pub(super) struct OfScope<'r, DB: Backend> {
    table: Box<dyn Walk<DB> + 'r>,
    keys: Box<dyn ManyColumns<DB> + 'r>,
    scope: Box<dyn ScopeCondition<DB> + 'r>,
}

impl<'r, DB: Backend> OfScope<'r, DB> {
    /// The rows at these positions, of which there is at least one.
    pub(super) fn new(rows: &'r dyn AnyRows<DB>, positions: &[usize]) -> Self {
        Self {
            table: rows.table(),
            keys: rows.keys(positions),
            scope: rows.scope(positions[0]),
        }
    }

    pub(super) fn by_key(&self) -> QueryResult<RowsByKey<'_, DB>> {
        Ok(RowsByKey {
            table: &*self.table,
            keys: AnyColumns::of(&*self.keys)?,
            scope: &*self.scope,
        })
    }
}

/// Can the database take two rows for one that are not one in Rust? It can call two keys equal, 'amy' and 'AMY'
/// for example, and two scopes.
pub(super) fn may_share_a_row<DB: Backend>(rows: &dyn AnyRows<DB>) -> QueryResult<bool> {
    let are_integers = AnyColumns::of(&*rows.keys(&[]))?.are_integers();
    Ok(!(are_integers && rows.are_of_one_scope()))
}

fn are_equal<S: Eq>(scopes: &[S]) -> bool {
    scopes.iter().all(|scope| *scope == scopes[0])
}

fn by_scope<S: Eq + Hash>(scopes: Vec<S>) -> Vec<Vec<usize>> {
    let mut groups = HashMap::<S, Vec<usize>>::new();
    for (row, scope) in scopes.into_iter().enumerate() {
        groups.entry(scope).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // A scope has no order, but a hash that is the same in each process.
    groups.sort_by_cached_key(|(scope, _)| {
        let mut hasher = DefaultHasher::new();
        scope.hash(&mut hasher);
        hasher.finish()
    });
    groups.into_iter().map(|(_, rows)| rows).collect()
}
