//! The errors about one row: each is made here.

use super::{ConcurrentModification, Error, Found, MergeConflict};
use crate::diff::Field;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

/// The key, as its `Debug` prints it.
fn key_text<M: Versioned>(model: &M) -> String {
    format!("{:?}", model.key())
}

impl Error {
    /// A conflict, with the version that was found instead.
    pub(crate) fn conflict<M: Versioned>(model: &M, found: Option<M::Version>) -> Self {
        let found = match found {
            Some(version) => Found::Modified {
                version: version.describe(),
            },
            None => Found::Missing,
        };
        Self::conflict_with(model, found)
    }

    /// The database reported a conflict, and gave the transaction up.
    pub(crate) fn aborted<M: Versioned>(model: &M) -> Self {
        Self::conflict_with(model, Found::TransactionAborted)
    }

    /// A conflict, with what was found.
    pub(crate) fn conflict_with<M: Versioned>(model: &M, found: Found) -> Self {
        let expected = Some(model.version().describe());
        ConcurrentModification::new(M::TABLE_NAME, key_text(model), expected, found).into()
    }

    /// Both sides of a merge have changed these fields differently.
    pub(crate) fn merge_conflict<M: Versioned>(model: &M, fields: Vec<Field>) -> Self {
        MergeConflict::new(M::TABLE_NAME, key_text(model), fields).into()
    }

    /// The row has that version, and was not written all the same.
    pub(crate) fn refused<M: Versioned>(model: &M, version: &M::Version) -> Self {
        Self::Refused {
            table: M::TABLE_NAME,
            key: key_text(model),
            version: Some(version.describe()),
        }
    }

    /// There is no version after this one.
    pub(crate) fn version_exhausted<M: Versioned>(model: &M, version: &M::Version) -> Self {
        Self::VersionExhausted {
            table: M::TABLE_NAME,
            key: key_text(model),
            version: version.describe(),
        }
    }

    /// The write matched several rows.
    pub(crate) fn key_not_unique<M: Versioned>(model: &M, rows: usize) -> Self {
        Self::KeyNotUnique {
            table: M::TABLE_NAME,
            key: key_text(model),
            rows,
        }
    }

    /// The key is in a batch twice.
    pub(crate) fn duplicate_key<M: Versioned>(model: &M) -> Self {
        Self::DuplicateKey {
            table: M::TABLE_NAME,
            key: key_text(model),
        }
    }
}
