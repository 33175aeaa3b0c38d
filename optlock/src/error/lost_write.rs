//! A write whose answer was lost.

use crate::token::VersionToken;
use crate::versioned::Versioned;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A write whose answer was lost: of which row it was, and the versions before and after it.
///
/// It holds texts, because an error knows no model. The version after it is nowhere else: the value in memory is
/// as it was before the write.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LostWrite {
    table: &'static str,
    key: String,
    scope: u64,
    expected: String,
    next: String,
}

impl LostWrite {
    /// The write of a value that has moved on to its next version, and expects this one.
    pub(crate) fn new<M: Versioned>(value: &M, expected: &M::Version) -> Self {
        Self {
            table: M::TABLE_NAME,
            key: key(value),
            scope: scope(value),
            expected: expected.encode(),
            next: value.version().encode(),
        }
    }

    /// Was it a write of this row?
    pub(crate) fn is_of<M: Versioned>(&self, value: &M) -> bool {
        self.table == M::TABLE_NAME && self.key == key(value) && self.scope == scope(value)
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
