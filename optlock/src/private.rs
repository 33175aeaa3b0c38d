//! All that generated code may name. Not part of the public API.

use crate::{Diff, Fields};
use diesel::associations::Identifiable;
use diesel::expression::AsExpression;
use diesel::query_source::{Column, Table};
use diesel::sql_types::SqlType;
use std::fmt;
use std::marker::PhantomData;

pub use crate::backend::mysql_keeps;
pub use crate::statement::{Beside, WithEmbedded};
pub use diesel::query_builder::{AsChangeset, AstPass};
pub use diesel::result::QueryResult;

/// The primary key of the table `T`, by which Diesel's `find`, and so each save, looks for a row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the primary key of the model's table",
    label = "a save would look for another row",
    note = "name the columns that `table!` names as the key, in the same order: `#[diesel(primary_key(..))]`"
)]
pub trait PrimaryKeyOf<T> {}

#[diagnostic::do_not_recommend]
impl<T: Table<PrimaryKey = K>, K> PrimaryKeyOf<T> for K {}

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

pub const fn is_identifiable<M>(_: &M)
where
    for<'a> &'a M: IdentifiableModel<M>,
{
}

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
    type Set;
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
    type Set;
    fn changeset(self) -> Self::Set;
}

#[diagnostic::do_not_recommend]
impl<M: Clone + AsChangeset> OwnedChangeset<M> for &M {
    type Set = M::Changeset;

    fn changeset(self) -> Self::Set {
        self.clone().as_changeset()
    }
}

/// The name of a column in SQL.
pub const fn column_name<Col: Column>() -> &'static str {
    Col::NAME
}

/// A value that can be stored in the column `Col`.
pub trait StoredIn<Col: Column<SqlType: SqlType>>: AsExpression<Col::SqlType> {}

impl<Col: Column<SqlType: SqlType>, V: AsExpression<Col::SqlType>> StoredIn<Col> for V {}

/// What is known about an embedded struct: the constants of [`Listed`] if it is [`Diff`], and otherwise
/// those of [`Unlisted`].
pub struct Listed<T: ?Sized>(PhantomData<T>);

impl<T: Diff> Listed<T> {
    pub const FIELDS: Fields = T::FIELDS;
    pub const HAS_KEY: bool = T::HAS_KEY;
}

pub trait Unlisted {
    const FIELDS: Fields = Fields::new(&[]);
    const HAS_KEY: bool = false;
}

impl<T: ?Sized> Unlisted for Listed<T> {}

/// Is the column among the fields?
pub const fn lists(fields: Fields, column: &str) -> bool {
    fields.lists(column)
}

/// Do the two have a column in common?
pub const fn share(fields: Fields, others: Fields) -> bool {
    fields.shares(&others)
}

/// The clock where none is given.
#[cfg(feature = "chrono")]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// A field that is compared. What it needs is asked by its impl and not by the trait, or the compiler
/// would speak of `Clone` alone, and in its own words.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot be compared",
    label = "needs `PartialEq`, `Clone` and `Debug`",
    note = "derive them on the type, or leave the field out: `#[optlock(ignore)]`"
)]
pub trait Comparable {
    fn differs(&self, other: &Self) -> bool;

    fn take(&mut self, other: &Self);

    fn value(&self) -> &dyn fmt::Debug;
}

#[diagnostic::do_not_recommend]
impl<T: PartialEq + Clone + fmt::Debug> Comparable for T {
    #[allow(clippy::eq_op)] // what contains a NaN does not equal itself
    fn differs(&self, other: &Self) -> bool {
        let both_are_odd = || self != self && other != other;
        self != other && !(both_are_odd() && format!("{self:?}") == format!("{other:?}"))
    }

    fn take(&mut self, other: &Self) {
        self.clone_from(other);
    }

    fn value(&self) -> &dyn fmt::Debug {
        self
    }
}

/// A version that is a timestamp of a column with that resolution.
#[cfg(feature = "chrono")]
pub fn next_timestamp<T: crate::Timestamp>(
    current: &T,
    precision: crate::Precision,
    now: fn() -> chrono::DateTime<chrono::Utc>,
) -> Option<T> {
    current.next_at(now(), precision)
}

/// A field is a stamp, or our own words.
#[cfg(feature = "chrono")]
pub fn stamp<Col: Column<SqlType: SqlType>>(
    field: &mut impl crate::stamp::AuditStamp,
    precision: crate::Precision,
    now: fn() -> chrono::DateTime<chrono::Utc>,
) -> Option<crate::Stamp<'_>> {
    Some(crate::Stamp::new::<Col>(field, precision, now))
}

/// Without `chrono` no type is a stamp.
#[cfg(not(feature = "chrono"))]
#[diagnostic::on_unimplemented(
    message = "an audit stamp needs optlock's feature `chrono`",
    label = "not known without `chrono`",
    note = "in Cargo.toml: optlock = {{ version = \"..\", features = [\"chrono\"] }}"
)]
pub trait AuditStamp {}

#[cfg(not(feature = "chrono"))]
pub fn now() {}

#[cfg(not(feature = "chrono"))]
pub fn next_timestamp<T: AuditStamp, Now>(
    _current: &T,
    _precision: crate::Precision,
    _now: Now,
) -> Option<T> {
    None
}

#[cfg(not(feature = "chrono"))]
pub fn stamp<Col: Column<SqlType: SqlType>, Now>(
    _field: &mut impl AuditStamp,
    _precision: crate::Precision,
    _now: Now,
) -> Option<crate::Stamp<'_>> {
    None
}
