//! A write whose answer was lost.

use super::of_row::AnyModel;
use crate::token::VersionToken;
use std::any::TypeId;
use std::fmt;

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
    pub(crate) fn new<V: VersionToken>(moved: &dyn AnyModel<V>, was: &V, expected: &V) -> Self {
        let [version_column, _] = moved.column();
        Self {
            table: moved.table(),
            version_column,
            key: moved.key(),
            scope: moved.scope_hash(),
            was: was.encode(),
            expected: expected.encode(),
            next: moved.held().encode(),
        }
    }

    /// Was it a write of this value, which was not saved or loaded since? A later one compared with the row would
    /// be compared with itself.
    pub(crate) fn is_of<V: VersionToken>(&self, value: &dyn AnyModel<V>) -> bool {
        let [version_column, _] = value.column();
        // Two tables of two schemas can have one name.
        self.version_column == version_column
            && self.was == value.held().encode()
            && self.key == value.key()
            && self.scope == value.scope_hash()
    }

    /// The version that the row was expected to have, and the one that it was given.
    pub(crate) fn versions<V: VersionToken>(&self) -> Option<(V, V)> {
        V::decode(&self.expected).zip(V::decode(&self.next))
    }
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
