//! The rows of a batch: their models, and their columns side by side.

use super::saving::{Respelled, Saving};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::columns::ColumnValue;
use crate::columns::{Columns, VersionedColumns};
use crate::scope::{Condition, Scope as _};
use crate::versioned::Versioned;
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// The rows that a batch writes, each with the version that it should have.
pub struct Rows<'a, M: Versioned> {
    models: Vec<&'a M>,
    expected: Vec<M::Version>,
}

impl<'a, M: Versioned> Rows<'a, M> {
    /// The rows of a save: the models have the next version.
    pub(super) fn saved(saving: &'a [Saving<'_, M>]) -> Self {
        let mut rows = Self::with_capacity(saving.len());
        for row in saving {
            rows.push(row.model.model(), row.expected.clone());
        }
        rows
    }

    /// The rows of a delete: the models have the expected version.
    pub(super) fn deleted(models: &'a [M], respelled: &Respelled<M>) -> Self {
        let mut rows = Self::with_capacity(models.len());
        for (index, model) in models.iter().enumerate() {
            rows.push(
                model,
                respelled.get(&index).unwrap_or(model.version()).clone(),
            );
        }
        rows
    }

    fn with_capacity(rows: usize) -> Self {
        Self {
            models: Vec::with_capacity(rows),
            expected: Vec::with_capacity(rows),
        }
    }

    fn push(&mut self, model: &'a M, expected: M::Version) {
        self.models.push(model);
        self.expected.push(expected);
    }

    pub(super) fn models(&self) -> &[&'a M] {
        &self.models
    }

    /// The scope of all rows, which one statement can name. `None` if they are of several.
    pub(super) fn scope(&self) -> Option<M::Scope> {
        let (first, others) = self.models.split_first()?;
        let scope = first.scope();
        let is_one = others.iter().all(|model| model.scope() == scope);
        is_one.then_some(scope)
    }

    pub(super) fn get(&self, row: usize) -> (&'a M, &M::Version) {
        (self.models[row], &self.expected[row])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a M, &M::Version)> {
        self.models.iter().copied().zip(&self.expected)
    }
}

impl<M: Versioned> fmt::Debug for Rows<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

/// The columns of the key of a model, with the values of many rows.
pub(super) type KeyColumns<'a, M> = <<M as VersionedColumns<'a>>::Key as Columns>::Many;

/// The columns that a save writes, with the values of many rows.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) type SetColumns<'a, M> = <<M as VersionedColumns<'a>>::Set as Columns>::Many;

/// The version column, with the versions that many rows should have.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) type Versions<M> =
    <ColumnValue<<M as Versioned>::VersionColumn, <M as Versioned>::Version> as Columns>::Many;

/// The keys, and the versions that the rows should have.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn gather<'a, M>(rows: &Rows<'a, M>) -> (KeyColumns<'a, M>, Versions<M>)
where
    M: Versioned + VersionedColumns<'a, Key: Columns>,
    ColumnValue<M::VersionColumn, M::Version>: Columns,
{
    let mut columns = <(KeyColumns<'a, M>, Versions<M>)>::default();
    for (model, expected) in rows.iter() {
        model.key_columns().push_to(&mut columns.0);
        ColumnValue::new(expected.clone()).push_to(&mut columns.1);
    }
    columns
}

/// The positions of the rows of each scope, in an order of scopes that is the same for each client.
pub(super) fn by_scope<S: Eq + Hash>(scopes: Vec<S>) -> Vec<Vec<usize>> {
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

pub(super) fn condition_of<M: Versioned>(model: &M) -> Condition<M::Scope> {
    model.scope().condition()
}

pub(super) fn keys_of<'a, M>(models: impl Iterator<Item = &'a M>) -> KeyColumns<'a, M>
where
    M: VersionedColumns<'a, Key: Columns> + 'a,
{
    let mut keys = KeyColumns::<'a, M>::default();
    for model in models {
        model.key_columns().push_to(&mut keys);
    }
    keys
}
