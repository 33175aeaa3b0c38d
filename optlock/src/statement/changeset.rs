//! The changeset that a save writes: Diesel's, of the model or of a clone.

use super::by_column::{ColumnChangeset, SetByColumn};
use crate::versioned::VersionedChangeset;
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

/// What the derive says of a changeset, from which [`VersionedChangeset`] follows.
///
/// It is not that trait which is derived, because its impl must ask for the [`BorrowedChangeset`], and all
/// that stands under such a where clause takes the compiler long, for each model anew.
pub trait DerivedChangeset {
    /// [`Whole`], [`ByColumn`] or [`Parts`].
    type From;
    /// What a touch sets beside the version.
    type Stamp;

    /// What a touch sets beside the version.
    fn stamp(&self) -> Self::Stamp;
}

impl<'a, M> VersionedChangeset<'a> for M
where
    M: DerivedChangeset,
    &'a M: ChangesetFrom<M, M::From>,
{
    type Changeset = <&'a M as ChangesetFrom<M, M::From>>::Set;
    type StampChangeset = M::Stamp;

    fn changeset(&'a self) -> Self::Changeset {
        ChangesetFrom::changeset(self)
    }

    fn stamp_changeset(&'a self) -> Self::StampChangeset {
        self.stamp()
    }
}

/// The changeset of `&'a M`, by what it is made from: [`Whole`], [`ByColumn`] or [`Parts`]. They tell the impls apart,
/// because of two that could be meant the compiler would not say what the one that is meant lacks.
pub trait ChangesetFrom<M, From> {
    /// The changeset.
    type Set;
    /// Makes the changeset.
    fn changeset(self) -> Self::Set;
}

/// Diesel's changeset is all that a save writes.
#[derive(Debug)]
pub struct Whole;

/// The columns and values that [`SetByColumn`] names. They say the same as Diesel's changeset, which is asked for all
/// the same, so that a model needs the same derives whatever its fields are.
#[derive(Debug)]
pub struct ByColumn;

/// Something stands beside Diesel's changeset, or it is that of a clone. The impl of [`ChangesetFrom`] is
/// derived.
#[derive(Debug)]
pub struct Parts;

impl<'a, M> ChangesetFrom<M, Whole> for &'a M
where
    &'a M: BorrowedChangeset<M>,
{
    type Set = <&'a M as BorrowedChangeset<M>>::Set;

    fn changeset(self) -> Self::Set {
        BorrowedChangeset::changeset(self)
    }
}

impl<'a, M> ChangesetFrom<M, ByColumn> for &'a M
where
    &'a M: BorrowedChangeset<M>,
    M: SetByColumn<'a>,
{
    type Set = ColumnChangeset<M::Values>;

    fn changeset(self) -> Self::Set {
        ColumnChangeset::of(self)
    }
}
