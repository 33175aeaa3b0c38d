//! The facts about a model without a version.

use crate::scope::Scope;
use diesel::query_source::{Column, Table};
use std::fmt;
use std::hash::Hash;

/// The facts about a model whose table has no version column: which table, and which row.
///
/// Normally derived with [`#[derive(Unversioned)]`](macro@crate::Unversioned). It lets
/// [`save_unchanged`](crate::UnversionedDsl::save_unchanged) save the model: an example is there. Where
/// a version column can be added, that is the better way: its check needs no transaction and no lock,
/// and no other writer can slip past it by writing nothing new.
#[diagnostic::on_unimplemented(
    message = "nothing declares that the table of `{Self}` has no version",
    label = "needs `#[derive(Unversioned)]`"
)]
pub trait Unversioned {
    /// The table that the model is saved to.
    type Table: Table;
    /// The primary key as an owned value, a tuple if it has several columns. It is printed in
    /// messages by its `Debug`.
    type Key: fmt::Debug + Eq;
    /// A column of the primary key, the first.
    type KeyColumn: Column<Table = Self::Table>;
    /// Which rows count, beside the key: the tenant, or those that are not deleted. `()`: all of
    /// them.
    type Scope: Scope + Eq + Hash;

    /// The table's name in messages.
    const TABLE_NAME: &'static str;

    /// The primary key.
    fn key(&self) -> Self::Key;

    /// The scope as an owned value. It is in the `WHERE` of each statement, and never printed.
    fn scope(&self) -> Self::Scope;
}
