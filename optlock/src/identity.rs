//! Which row a value is of.

use crate::versioned::Versioned;
use diesel::associations::Identifiable;
use diesel::query_source::Table;
use std::hash::Hash;

/// What tells two models of one table apart.
pub(crate) trait Identified<'a, Bound = &'a Self> {
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

/// The primary key of the table `T`, by which Diesel's `find`, and so each save, looks for a row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the primary key of the model's table",
    label = "a save would look for another row",
    note = "name the columns that `table!` names as the key, in the same order: `#[diesel(primary_key(..))]`"
)]
pub trait PrimaryKeyOf<T> {}

#[diagnostic::do_not_recommend]
impl<T: Table<PrimaryKey = K>, K> PrimaryKeyOf<T> for K {}

/// Compiles if the key `K` of a model is that of its table.
pub const fn is_primary_key<T, K: PrimaryKeyOf<T>>() {}

/// A model that Diesel can identify. The derive asks for it where the model is declared, once for
/// all operations.
#[diagnostic::on_unimplemented(
    message = "`{M}` is not `Identifiable`",
    label = "needs `#[derive(Identifiable)]`"
)]
pub trait IdentifiableModel<M> {}

#[diagnostic::do_not_recommend]
impl<'a, M> IdentifiableModel<M> for &'a M where &'a M: Identifiable {}

/// Compiles if the model is `Identifiable`.
pub const fn is_identifiable<M>()
where
    for<'a> &'a M: IdentifiableModel<M>,
{
}
