//! The rows of a batch: their models, and their columns side by side.

use super::saving::{Moved, Respelled, expected};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::columns::ColumnValue;
use crate::columns::{Columns, VersionedColumns};
use crate::versioned::Versioned;
use std::fmt;

/// The rows that a batch writes, each with the version that it should have.
pub struct Rows<'a, M: Versioned>(Source<'a, M>);

enum Source<'a, M: Versioned> {
    /// Those of the models that were moved on to the next version.
    Moved(&'a [M], &'a [Moved<M::Version>]),
    /// Models with the version that their rows should have, but where these have it in another spelling.
    Unmoved(&'a [M], &'a Respelled<M::Version>),
}

impl<M: Versioned> Clone for Rows<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Versioned> Copy for Rows<'_, M> {}

impl<M: Versioned> Clone for Source<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Versioned> Copy for Source<'_, M> {}

impl<'a, M: Versioned> Rows<'a, M> {
    /// The rows of a save: those of the models that were moved on.
    pub(super) fn moved(models: &'a [M], moved: &'a [Moved<M::Version>]) -> Self {
        Self(Source::Moved(models, moved))
    }

    /// The rows of a delete, or of a save that was given up: those of all models.
    pub(super) fn unmoved(models: &'a [M], respelled: &'a Respelled<M::Version>) -> Self {
        Self(Source::Unmoved(models, respelled))
    }

    /// How many there are.
    pub(super) fn len(self) -> usize {
        match self.0 {
            Source::Moved(_, moved) => moved.len(),
            Source::Unmoved(models, _) => models.len(),
        }
    }

    pub(super) fn model(self, row: usize) -> &'a M {
        self.get(row).0
    }

    /// The model of a row, and the version that the row should have.
    pub(super) fn get(self, row: usize) -> (&'a M, &'a M::Version) {
        match self.0 {
            Source::Moved(models, moved) => {
                let moved = &moved[row];
                (&models[moved.index], &moved.expected)
            }
            Source::Unmoved(models, respelled) => {
                let model = &models[row];
                (model, expected(row, model.version(), respelled))
            }
        }
    }

    /// The scope of each row.
    pub(super) fn scopes(self) -> Vec<M::Scope> {
        let mut scopes = Vec::with_capacity(self.len());
        for row in 0..self.len() {
            scopes.push(self.model(row).scope());
        }
        scopes
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

/// The keys of these rows.
#[cfg(feature = "postgres")]
pub(super) fn keys_of<'a, M>(
    rows: Rows<'a, M>,
    these: impl Iterator<Item = usize>,
) -> KeyColumns<'a, M>
where
    M: Versioned + VersionedColumns<'a, Key: Columns>,
{
    let mut keys = KeyColumns::<'a, M>::default();
    for row in these {
        rows.model(row).key_columns().push_to(&mut keys);
    }
    keys
}

/// The versions that these rows should have.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn versions_of<M>(rows: Rows<'_, M>, these: impl Iterator<Item = usize>) -> Versions<M>
where
    M: Versioned,
    ColumnValue<M::VersionColumn, M::Version>: Columns,
{
    let mut versions = Versions::<M>::default();
    for row in these {
        let (_, expected) = rows.get(row);
        ColumnValue::new(expected.clone()).push_to(&mut versions);
    }
    versions
}
