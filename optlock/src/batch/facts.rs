//! The rows of a batch, whatever their model: so what is sent about them is compiled once.
//!
//! Each statement is made from these facts just before it is sent, and owns what it says: so nothing that has no
//! type is held while an answer is waited for, and the futures of async connections are `Send`.

use super::lookup::Access;
use super::lookup::{Lookup, RowsByKey};
use super::needs::Keyed;
use super::pieces::{AnyColumns, ManyColumns};
use super::rows::{KeyColumns, Rows};
use super::saving::Models;
use super::strategy::Writes;
use crate::backend::Dialect;
use crate::columns::{Columns as _, VersionedColumns as _};
use crate::error::AnyRow;
use crate::operation::{OfVersion, SelectRow};
use crate::scope::{Scope as _, ScopeCondition};
use crate::statement::{TableName, Walk};
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::query_source::Column as _;
use diesel::result::QueryResult;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::marker::PhantomData;

/// The rows of a batch, and the statements that write many of them, whatever their model.
pub(crate) trait BatchFacts<DB: Backend> {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// The row at this position, as errors name it.
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

    /// What takes the lock of a database that locks by its first write.
    fn write_lock(&self) -> Box<dyn Walk<DB> + '_>;

    /// See [`Writes::has_all`].
    fn has_all(&self) -> bool;

    /// See [`Writes::all`].
    fn write_all(&self) -> Box<dyn Walk<DB> + '_>;

    /// See [`Writes::has_versions`].
    fn has_versions(&self) -> bool;

    /// See [`Writes::versions`].
    fn versions(&self, rows: &[usize]) -> Option<Box<dyn Walk<DB> + '_>>;

    /// The name of their version column.
    fn version_column(&self) -> &'static str;

    /// See [`Writes::expected`].
    fn expected(&self, rows: &[usize]) -> Option<Box<dyn ManyColumns<DB> + '_>>;

    /// See [`Writes::set`].
    fn set(&self, rows: &[usize]) -> Option<Box<dyn ManyColumns<DB> + '_>>;

    /// The version can be NULL.
    fn is_nullable(&self) -> bool;
}

/// The models of a batch, whose rows are written by `W`.
pub(super) struct Batch<S, W>(pub(super) S, PhantomData<fn() -> W>);

impl<S, W> Batch<S, W> {
    pub(super) fn new(models: S) -> Self {
        Self(models, PhantomData)
    }
}

impl<S, W, DB> BatchFacts<DB> for Batch<S, W>
where
    DB: Dialect,
    S: Models<Model: Keyed<DB> + SelectRow<OfVersion, DB>>,
    W: Writes<S::Model, DB>,
{
    fn len(&self) -> usize {
        self.0.rows().len()
    }

    fn named(&self, row: usize) -> &dyn AnyRow {
        self.0.rows().model(row)
    }

    fn are_of_one_scope(&self) -> bool {
        are_of_one_scope(self.0.rows())
    }

    fn by_scope(&self) -> Vec<Vec<usize>> {
        by_scope(self.0.rows().scopes())
    }

    fn table(&self) -> Box<dyn Walk<DB> + '_> {
        Box::new(TableName::<<S::Model as Versioned>::Table>::new())
    }

    fn keys(&self, rows: &[usize]) -> Box<dyn ManyColumns<DB> + '_> {
        let these = self.0.rows();
        let mut keys = KeyColumns::<'_, S::Model>::default();
        for &row in rows {
            these.model(row).key_columns().push_to(&mut keys);
        }
        Box::new(keys)
    }

    fn scope(&self, row: usize) -> Box<dyn ScopeCondition<DB> + '_> {
        Box::new(self.0.rows().model(row).scope().condition())
    }

    fn write_lock(&self) -> Box<dyn Walk<DB> + '_> {
        self.0.rows().model(0).write_lock()
    }

    fn has_all(&self) -> bool {
        !is_generated::<S>() && W::has_all(self.0.rows())
    }

    fn write_all(&self) -> Box<dyn Walk<DB> + '_> {
        W::all(self.0.rows())
    }

    fn has_versions(&self) -> bool {
        W::has_versions(self.0.rows())
    }

    fn versions(&self, rows: &[usize]) -> Option<Box<dyn Walk<DB> + '_>> {
        W::versions(self.0.rows(), rows)
    }

    fn version_column(&self) -> &'static str {
        <S::Model as Versioned>::VersionColumn::NAME
    }

    fn expected(&self, rows: &[usize]) -> Option<Box<dyn ManyColumns<DB> + '_>> {
        if is_generated::<S>() {
            return None;
        }
        W::expected(self.0.rows(), rows)
    }

    fn set(&self, rows: &[usize]) -> Option<Box<dyn ManyColumns<DB> + '_>> {
        W::set(self.0.rows(), rows)
    }

    fn is_nullable(&self) -> bool {
        W::is_nullable()
    }
}

/// Are the versions of the rows read behind their writes? Then these are sent one by one.
pub(super) fn is_generated<S: Models>() -> bool {
    S::Model::GENERATED && !S::DELETES
}

/// Some rows of one scope.
pub(super) struct OfScope<'r, DB: Backend> {
    table: Box<dyn Walk<DB> + 'r>,
    keys: Box<dyn ManyColumns<DB> + 'r>,
    scope: Box<dyn ScopeCondition<DB> + 'r>,
}

impl<'r, DB: Dialect> OfScope<'r, DB> {
    /// The rows at these positions, of which there is at least one.
    pub(super) fn new<R>(rows: &'r R, positions: &[usize]) -> Self
    where
        R: BatchFacts<DB> + ?Sized,
    {
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

    /// The rows, found in that way.
    pub(super) fn lookup<'l>(&'l self, access: &'l Access) -> QueryResult<Lookup<'l, DB>> {
        Ok(Lookup::new(self.by_key()?, access))
    }
}

/// Can the database take two rows for one that are not one in Rust? It can call two keys equal, 'amy' and 'AMY'
/// for example, and two scopes.
pub(super) fn may_share_a_row<DB, R>(rows: &R) -> QueryResult<bool>
where
    DB: Backend,
    R: BatchFacts<DB> + ?Sized,
{
    let are_integers = AnyColumns::of(&*rows.keys(&[]))?.are_integers();
    Ok(!(are_integers && rows.are_of_one_scope()))
}

pub(super) fn are_of_one_scope<M: Versioned>(rows: Rows<'_, M>) -> bool {
    are_equal(&rows.scopes())
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
