//! The writes of a model.

use super::assignment::{Assign, assign};
use super::delete::DeleteRow;
use super::expected::{Expected, expected};
use super::scoped::Scoped;
use super::update::CheckedUpdate;
use crate::scope::{Condition, Scope as _};
use crate::text::OfSet;
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::dsl::{Filter, Find, SqlTypeOf};
use diesel::expression::AsExpression;
use diesel::query_builder::IntoUpdateTarget;
use diesel::query_dsl::methods::{FilterDsl, FindDsl};
use diesel::query_source::QuerySource;

/// The writes of a model. Operations ask for `for<'a> M: CheckedStatements<'a, ..>`, also where `M`
/// borrows; see [`VersionedChangeset`] for why it looks like this.
pub trait CheckedStatements<'a, Version, Bound = &'a Self> {
    /// See [`CheckedUpdate`].
    type Update;
    /// See [`CheckedUpdate`].
    type Touch;
    /// See [`DeleteRow`].
    type Delete;
    /// See [`DeleteRow`].
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

/// The row of a key.
type Keyed<M> = Find<<M as Versioned>::Table, <M as Versioned>::Key>;

/// The row of a key, at a version.
type Checked<M> = Filter<Keyed<M>, Expected<M>>;

/// The `WHERE` of a query, within the scope of the model.
type Within<M, Query> =
    Scoped<<Query as IntoUpdateTarget>::WhereClause, Condition<<M as Versioned>::Scope>>;

/// What a touch sets: the version, and the audit stamp.
type Touched<'a, M> = (
    Assign<<M as Versioned>::VersionColumn, <M as Versioned>::Version>,
    <M as VersionedChangeset<'a>>::StampChangeset,
);

impl<'a, M> CheckedStatements<'a, M::Version> for M
where
    M: Versioned + VersionedChangeset<'a>,
    M::Table: FindDsl<M::Key> + Default,
    M::Version: AsExpression<SqlTypeOf<M::VersionColumn>>,
    Keyed<M>: FilterDsl<Expected<M>> + IntoUpdateTarget<Table = M::Table>,
    Checked<M>: IntoUpdateTarget<Table = M::Table>,
{
    type Update = CheckedUpdate<
        M::Text,
        M::Table,
        <M as VersionedChangeset<'a>>::Changeset,
        Within<M, Checked<M>>,
    >;
    type Touch =
        CheckedUpdate<OfSet<Touched<'a, M>>, M::Table, Touched<'a, M>, Within<M, Checked<M>>>;
    type Delete = DeleteRow<M::Table, Within<M, Checked<M>>>;
    type ForcedDelete = DeleteRow<M::Table, Within<M, Keyed<M>>>;

    fn checked_update(&'a self, expected: M::Version) -> Self::Update {
        let target = checked(self, expected).into_update_target();
        CheckedUpdate::new(
            target.table.from_clause(),
            self.changeset(),
            within(self, target.where_clause),
        )
    }

    fn checked_touch(&'a self, expected: M::Version) -> Self::Touch {
        let target = checked(self, expected).into_update_target();
        let version = assign(self.version().clone());
        CheckedUpdate::new(
            target.table.from_clause(),
            (version, self.stamp_changeset()),
            within(self, target.where_clause),
        )
    }

    fn checked_delete(&'a self, expected: M::Version) -> Self::Delete {
        let target = checked(self, expected).into_update_target();
        DeleteRow::new(
            target.table.from_clause(),
            within(self, target.where_clause),
        )
    }

    fn forced_delete(&'a self) -> Self::ForcedDelete {
        let target = keyed(self).into_update_target();
        DeleteRow::new(
            target.table.from_clause(),
            within(self, target.where_clause),
        )
    }
}

fn within<M, Where>(model: &M, where_clause: Where) -> Scoped<Where, Condition<M::Scope>>
where
    M: Versioned,
{
    Scoped::new(where_clause, model.scope().condition())
}

fn keyed<M>(model: &M) -> Keyed<M>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
{
    FindDsl::find(M::Table::default(), model.key())
}

fn checked<M>(model: &M, version: M::Version) -> Checked<M>
where
    M: Versioned<Version: AsExpression<SqlTypeOf<M::VersionColumn>>>,
    M::Table: FindDsl<M::Key> + Default,
    Keyed<M>: FilterDsl<Expected<M>>,
{
    FilterDsl::filter(keyed(model), expected::<M>(version))
}
