//! Which row a value is of.

use crate::Versioned;
use std::hash::Hash;

/// What tells two models of one table apart.
pub trait Identified<'a, Bound = &'a Self> {
    /// The key and the scope.
    type Id: Hash + Eq;

    /// The key and the scope.
    fn identity(&'a self) -> Self::Id;
}

#[diagnostic::do_not_recommend]
impl<'a, M: Versioned<Key: Hash>> Identified<'a> for M {
    type Id = (M::Key, M::Scope);

    fn identity(&'a self) -> Self::Id {
        (self.key(), self.scope())
    }
}

/// Are the two values of one row? Asked of the keys themselves: their `Debug` may hide what is
/// personal.
pub(crate) fn is_same_row<M: Versioned>(one: &M, other: &M) -> bool {
    one.key() == other.key() && one.scope() == other.scope()
}
