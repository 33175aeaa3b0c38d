//! A write whose answer was lost.

use crate::token::VersionToken;
use crate::versioned::Versioned;
use std::any::TypeId;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A write whose answer was lost: of which row it was, and the versions before and after it.
///
/// It holds texts, because an error knows no model. The version after it is nowhere else: the value in memory is
/// as it was before the write.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LostWrite {
    table: &'static str,
    version_column: TypeId,
    key: String,
    scope: u64,
    was: String,
    expected: String,
    next: String,
}

impl LostWrite {
    /// The write of a value that has moved on to its next version from the one that it `was` at. The row is
    /// expected to have this one.
    pub(crate) fn new<M: Versioned>(moved: &M, was: &M::Version, expected: &M::Version) -> Self {
        Self {
            table: M::TABLE_NAME,
            version_column: TypeId::of::<M::VersionColumn>(),
            key: key(moved),
            scope: scope(moved),
            was: was.encode(),
            expected: expected.encode(),
            next: moved.version().encode(),
        }
    }

    /// Was it a write of this value, which was not saved or loaded since? A later one compared with the row would
    /// be compared with itself.
    pub(crate) fn is_of<M: Versioned>(&self, value: &M) -> bool {
        // Two tables of two schemas can have one name.
        self.version_column == TypeId::of::<M::VersionColumn>()
            && self.was == value.version().encode()
            && self.key == key(value)
            && self.scope == scope(value)
    }

    /// The version that the row was expected to have, and the one that it was given.
    pub(crate) fn versions<V: VersionToken>(&self) -> Option<(V, V)> {
        V::decode(&self.expected).zip(V::decode(&self.next))
    }
}

fn key<M: Versioned>(value: &M) -> String {
    format!("{:?}", value.key())
}

/// A hash: a scope is never printed.
fn scope<M: Versioned>(value: &M) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.scope().hash(&mut hasher);
    hasher.finish()
}

impl fmt::Debug for LostWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LostWrite")
            .field("table", &self.table)
            .field("key", &self.key)
            .field("expected", &self.expected)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
