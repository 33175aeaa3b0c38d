//! Which row a value is of.

use crate::Versioned;
use diesel::associations::Identifiable;
use std::hash::Hash;

/// The key that tells two models apart. Diesel asks `Hash + Eq` of it.
pub trait Identified<'a, Bound = &'a Self> {
    /// The key.
    type Id: Hash + Eq;

    /// The key.
    fn identity(&'a self) -> Self::Id;
}

#[diagnostic::do_not_recommend]
impl<'a, M> Identified<'a> for M
where
    &'a M: Identifiable,
{
    type Id = <&'a M as Identifiable>::Id;

    fn identity(&'a self) -> Self::Id {
        self.id()
    }
}

/// Are the two values of one row? Asked of the keys themselves: their `Debug` may hide what is
/// personal.
pub(crate) fn is_same_row<M: Versioned>(one: &M, other: &M) -> bool {
    one.key() == other.key()
}
