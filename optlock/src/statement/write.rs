//! The writes of a model.

use super::assignment::{Assign, assign};
use super::changeset::BorrowedChangeset;
use super::delete::DeleteStatement;
use super::has_version::{HasVersionOf, has_version};
use super::partial::{PartialChangeset, WrittenColumns};
use super::row::{FoundBy, Row, RowInScope};
use super::update::CheckedUpdate;
use crate::scope::{BothConditions, Condition, Scope as _};
use crate::text::{OfSet, Varying};
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::dsl::SqlTypeOf;
use diesel::expression::AsExpression;

/// The writes of a model. Operations ask for `for<'a> M: CheckedStatements<'a, ..>`, also where `M`
/// borrows; see [`VersionedChangeset`] for why it looks like this.
pub trait CheckedStatements<'a, Version, Bound = &'a Self> {
    /// See [`CheckedUpdate`].
    type Update;
    /// See [`CheckedUpdate`].
    type Touch;
    /// See [`DeleteStatement`].
    type Delete;
    /// See [`DeleteStatement`].
    type ForcedDelete;

    /// The save of the values in memory, at the version `expected`.
    fn checked_update(&'a self, expected: Version) -> Self::Update;

    /// The update of nothing but version and audit stamp, at the version `expected`.
    fn checked_touch(&'a self, expected: Version) -> Self::Touch;

    /// The delete of the row, at the version `expected`.
    fn checked_delete(&'a self, expected: Version) -> Self::Delete;

    /// The delete of the row, whatever its version.
    fn forced_delete(&'a self) -> Self::ForcedDelete;
}

/// The row of a model, within its scope.
type RowOf<M> = RowInScope<<M as Versioned>::Table, <M as Versioned>::Key, <M as Versioned>::Scope>;

/// The row of a model, at a version.
pub(super) type RowAtVersion<M> = Row<
    <M as Versioned>::Table,
    <<M as Versioned>::Table as FoundBy<<M as Versioned>::Key>>::HasKey,
    BothConditions<HasVersionOf<M>, Condition<<M as Versioned>::Scope>>,
>;

/// What a touch sets: the version, and the audit stamp.
type Touched<'a, M> = (
    Assign<<M as Versioned>::VersionColumn, <M as Versioned>::Version>,
    <M as VersionedChangeset<'a>>::StampChangeset,
);

impl<'a, M> CheckedStatements<'a, M::Version> for M
where
    M: Versioned + VersionedChangeset<'a>,
    M::Table: FoundBy<M::Key>,
    M::Version: AsExpression<SqlTypeOf<M::VersionColumn>>,
{
    type Update = CheckedUpdate<M::Text, RowAtVersion<M>, <M as VersionedChangeset<'a>>::Changeset>;
    type Touch = CheckedUpdate<OfSet<Touched<'a, M>>, RowAtVersion<M>, Touched<'a, M>>;
    type Delete = DeleteStatement<RowAtVersion<M>>;
    type ForcedDelete = DeleteStatement<RowOf<M>>;

    fn checked_update(&'a self, expected: M::Version) -> Self::Update {
        CheckedUpdate::new(row_at(self, expected), self.changeset())
    }

    fn checked_touch(&'a self, expected: M::Version) -> Self::Touch {
        let version = assign(self.version().clone());
        CheckedUpdate::new(row_at(self, expected), (version, self.stamp_changeset()))
    }

    fn checked_delete(&'a self, expected: M::Version) -> Self::Delete {
        DeleteStatement::new(row_at(self, expected))
    }

    fn forced_delete(&'a self) -> Self::ForcedDelete {
        DeleteStatement::new(Row::new(self.key(), self.scope().condition()))
    }
}

pub(super) fn row_at<M>(model: &M, version: M::Version) -> RowAtVersion<M>
where
    M: Versioned<Version: AsExpression<SqlTypeOf<M::VersionColumn>>>,
    M::Table: FoundBy<M::Key>,
{
    Row::new(model.key(), model.scope().condition()).guarded_by(has_version::<M>(version))
}

/// The write of a model without a version, borrowed for `'a`; see
/// [`VersionedChangeset`](crate::VersionedChangeset) for why it looks like this.
pub trait UpdateRow<'a, Bound = &'a Self> {
    /// See [`CheckedUpdate`], whose conditions are the key and the scope here.
    type Update;

    /// `UPDATE t SET <changed columns> WHERE key`
    fn update_row(&'a self, columns: WrittenColumns) -> Self::Update;
}

impl<'a, M> UpdateRow<'a> for M
where
    M: Unversioned<Table: FoundBy<M::Key>>,
    &'a M: BorrowedChangeset<M>,
{
    type Update = CheckedUpdate<
        Varying,
        RowInScope<M::Table, M::Key, M::Scope>,
        PartialChangeset<<&'a M as BorrowedChangeset<M>>::Set>,
    >;

    fn update_row(&'a self, columns: WrittenColumns) -> Self::Update {
        let set = PartialChangeset::new(BorrowedChangeset::changeset(self), columns);
        CheckedUpdate::new(Row::new(self.key(), self.scope().condition()), set)
    }
}
