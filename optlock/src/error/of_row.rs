//! The errors about one row: each is made here, by functions that are compiled once, and not for each model.

use super::{ConcurrentModification, Error, Found, MergeConflict};
use crate::diff::Field;
use crate::token::{VersionToken as _, VersionValue};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use std::fmt::Debug;

/// A row as its errors name it, whatever its model.
pub(crate) trait AnyRow {
    /// The table's name.
    fn table(&self) -> &'static str;

    /// The key.
    fn key(&self) -> String;

    /// The version in memory, if the table has one.
    fn version(&self) -> Option<VersionValue>;
}

impl<M: Versioned> AnyRow for M {
    fn table(&self) -> &'static str {
        M::TABLE_NAME
    }

    fn key(&self) -> String {
        printed(&Versioned::key(self))
    }

    fn version(&self) -> Option<VersionValue> {
        Some(Versioned::version(self).describe())
    }
}

/// A row of a table without a version.
pub(crate) struct WithoutVersion<'m, M>(pub(crate) &'m M);

impl<M: Unversioned> AnyRow for WithoutVersion<'_, M> {
    fn table(&self) -> &'static str {
        M::TABLE_NAME
    }

    fn key(&self) -> String {
        printed(&self.0.key())
    }

    fn version(&self) -> Option<VersionValue> {
        None
    }
}

/// A key, as its `Debug` prints it.
fn printed(key: &dyn Debug) -> String {
    format!("{key:?}")
}

impl Error {
    /// A conflict, with the version that was found instead.
    pub(crate) fn conflict(row: &dyn AnyRow, found: Option<VersionValue>) -> Self {
        let found = found.map_or(Found::Missing, |version| Found::Modified { version });
        Self::conflict_with(row, found)
    }

    /// The database reported a conflict, and gave the transaction up.
    pub(crate) fn aborted(row: &dyn AnyRow) -> Self {
        Self::conflict_with(row, Found::TransactionAborted)
    }

    /// A conflict, with what was found.
    pub(crate) fn conflict_with(row: &dyn AnyRow, found: Found) -> Self {
        ConcurrentModification::new(row.table(), row.key(), row.version(), found).into()
    }

    /// Both sides of a merge have changed these fields differently.
    pub(crate) fn merge_conflict(row: &dyn AnyRow, fields: Vec<Field>) -> Self {
        MergeConflict::new(row.table(), row.key(), fields).into()
    }

    /// The row has that version, or is what it was if its table has none, and was not written all the
    /// same.
    pub(crate) fn refused(row: &dyn AnyRow, version: Option<VersionValue>) -> Self {
        Self::Refused {
            table: row.table(),
            key: row.key(),
            version,
        }
    }

    /// There is no version after this one.
    pub(crate) fn version_exhausted(row: &dyn AnyRow, version: VersionValue) -> Self {
        Self::VersionExhausted {
            table: row.table(),
            key: row.key(),
            version,
        }
    }

    /// The write matched several rows.
    pub(crate) fn key_not_unique(row: &dyn AnyRow, rows: usize) -> Self {
        Self::KeyNotUnique {
            table: row.table(),
            key: row.key(),
            rows,
        }
    }

    /// The key is in a batch twice.
    pub(crate) fn duplicate_key(row: &dyn AnyRow) -> Self {
        Self::DuplicateKey {
            table: row.table(),
            key: row.key(),
        }
    }
}
