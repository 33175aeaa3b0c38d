//! The errors about one row: each is made here, by functions that are compiled once, and not for each model.

use super::{ConcurrentModification, Error, Found, LostRow, MergeConflict};
use crate::diff::Field;
use crate::stamp::Stamp;
use crate::token::{VersionToken as _, VersionValue};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use diesel::dsl::SqlTypeOf;
use std::any::TypeId;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A row as its errors name it, whatever its model.
pub(crate) trait AnyRow {
    /// The table's name.
    fn table(&self) -> &'static str;

    /// The key.
    fn key(&self) -> String;

    /// The version in memory, if the table has one.
    fn version(&self) -> Option<VersionValue>;

    /// Does each write make a greater version? Then a row with a smaller one is behind.
    fn is_ordered(&self) -> bool;
}

impl dyn AnyRow + '_ {
    /// Was `found` the version of the row before `expected` was?
    pub(crate) fn is_older(&self, found: &VersionValue, expected: &VersionValue) -> bool {
        self.is_ordered() && found.is_smaller_than(expected)
    }
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

    fn is_ordered(&self) -> bool {
        // A sequence with a cache, or PostgreSQL's `xmin`, goes back.
        M::Version::ORDERED && !M::GENERATED
    }
}

/// A model with a version `V`, whatever the model: so what moves the version is compiled once.
pub(crate) trait AnyModel<V>: AnyRow {
    /// See [`Versioned::version`].
    fn held(&self) -> &V;

    /// See [`Versioned::set_version`].
    fn hold(&mut self, version: V);

    /// See [`Versioned::stamp`].
    fn stamp(&mut self) -> Option<Stamp<'_>>;

    /// The version column, and its type in SQL.
    fn column(&self) -> [TypeId; 2];

    /// A hash: a scope is never printed.
    fn scope_hash(&self) -> u64;
}

impl<M: Versioned> AnyModel<M::Version> for M {
    fn held(&self) -> &M::Version {
        self.version()
    }

    fn hold(&mut self, version: M::Version) {
        self.set_version(version);
    }

    fn stamp(&mut self) -> Option<Stamp<'_>> {
        Versioned::stamp(self)
    }

    fn column(&self) -> [TypeId; 2] {
        [
            TypeId::of::<M::VersionColumn>(),
            TypeId::of::<SqlTypeOf<M::VersionColumn>>(),
        ]
    }

    fn scope_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.scope().hash(&mut hasher);
        hasher.finish()
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

    fn is_ordered(&self) -> bool {
        false
    }
}

/// A key, as its `Debug` prints it.
fn printed(key: &dyn Debug) -> String {
    format!("{key:?}")
}

impl Error {
    /// A conflict, with the version that was found instead.
    pub(crate) fn conflict(row: &dyn AnyRow, found: Option<VersionValue>) -> Self {
        let found = match (found, row.version()) {
            (Some(version), Some(expected)) if row.is_older(&version, &expected) => {
                Found::Older { version }
            }
            (Some(version), _) => Found::Modified { version },
            (None, _) => Found::Missing,
        };
        Self::conflict_with(row, found)
    }

    /// A row was to be inserted, and is there with this version.
    pub(crate) fn exists(row: &dyn AnyRow, version: VersionValue) -> Self {
        Self::conflict_with(row, Found::Exists { version })
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

    /// A conflict about a row that is there keeps what locks it, which `lock` makes. Any other error is left as
    /// it is: where there is no row, a lock would hold up who inserts it (the gaps of MySQL and MariaDB).
    pub(crate) fn keeping_row(mut self, lock: impl FnOnce() -> Option<LostRow>) -> Self {
        match &mut self {
            Self::ConcurrentModification(conflict) if *conflict.found() != Found::Missing => {
                if let Some(row) = lock() {
                    conflict.keep_row(row);
                }
            }
            Self::MergeConflict(conflict) => {
                if let Some(row) = lock() {
                    conflict.keep_row(row);
                }
            }
            _ => {}
        }
        self
    }

    /// A conflict whose row no retry locks.
    #[cfg(feature = "lease")]
    pub(crate) fn without_row_lock(mut self) -> Self {
        if let Self::ConcurrentModification(conflict) = &mut self {
            conflict.forget_row();
        }
        self
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

    /// The row has kept its version, which the database is to generate.
    pub(crate) fn not_generated(row: &dyn AnyRow, version: VersionValue) -> Self {
        Self::NotGenerated {
            table: row.table(),
            key: row.key(),
            version,
        }
    }

    /// The client names no version of the row, or several and none that the row has.
    #[cfg(feature = "http")]
    pub(crate) fn precondition_failed(row: &dyn AnyRow) -> Self {
        Self::PreconditionFailed {
            table: row.table(),
            key: row.key(),
            any: false,
        }
    }

    /// The client names any version of the row, and the handler has not accepted that.
    #[cfg(feature = "http")]
    pub(crate) fn any_refused(row: &dyn AnyRow) -> Self {
        Self::PreconditionFailed {
            table: row.table(),
            key: row.key(),
            any: true,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A row at version 3.
    struct Third {
        is_ordered: bool,
    }

    impl AnyRow for Third {
        fn table(&self) -> &'static str {
            "contacts"
        }

        fn key(&self) -> String {
            "7".to_owned()
        }

        fn version(&self) -> Option<VersionValue> {
            Some(3.into())
        }

        fn is_ordered(&self) -> bool {
            self.is_ordered
        }
    }

    #[test]
    fn a_smaller_version_is_older_only_where_it_has_an_order() {
        for is_ordered in [false, true] {
            let conflict = |found: i64| Error::conflict(&Third { is_ordered }, Some(found.into()));
            assert_eq!(conflict(2).is_behind(), is_ordered);
            assert_eq!(conflict(2).is_conflict(), !is_ordered);
            assert!(conflict(4).is_conflict() && !conflict(4).is_behind());
        }
    }
}
