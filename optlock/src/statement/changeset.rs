//! The changeset that a save writes: Diesel's, of the model or of a clone.

use diesel::query_builder::AsChangeset;

/// The changeset of `&'a M`, a model or a struct embedded in one.
///
/// Generated impls ask for it in their where clause, so that a missing derive is reported once,
/// where the model is saved, with this message; named in the body it would be reported again by the
/// compiler. It is a trait of the reference because the compiler prefers the message of the
/// operation where both are about one type.
#[diagnostic::on_unimplemented(
    message = "`{M}` has no changeset to save",
    label = "`{M}` needs `#[derive(AsChangeset)]`"
)]
pub trait BorrowedChangeset<M> {
    /// Diesel's changeset.
    type Set;
    /// Makes the changeset.
    fn changeset(self) -> Self::Set;
}

#[diagnostic::do_not_recommend]
impl<'a, M> BorrowedChangeset<M> for &'a M
where
    &'a M: AsChangeset,
{
    type Set = <&'a M as AsChangeset>::Changeset;

    fn changeset(self) -> Self::Set {
        self.as_changeset()
    }
}

/// The changeset of a clone, where a field has `serialize_as`: Diesel then implements `AsChangeset`
/// for the owned struct only.
#[diagnostic::on_unimplemented(
    message = "`{M}` has no changeset to save",
    label = "`{M}` needs `#[derive(AsChangeset, Clone)]`",
    note = "a model with `serialize_as` is saved as a clone"
)]
pub trait OwnedChangeset<M> {
    /// Diesel's changeset.
    type Set;
    /// Makes the changeset.
    fn changeset(self) -> Self::Set;
}

#[diagnostic::do_not_recommend]
impl<M: Clone + AsChangeset> OwnedChangeset<M> for &M {
    type Set = M::Changeset;

    fn changeset(self) -> Self::Set {
        self.clone().as_changeset()
    }
}
