//! The derive macros of [optlock](https://docs.rs/optlock), which re-exports them. They state facts
//! and hold no behaviour.

mod ast;
mod attr;
mod compared;
mod errors;
mod expand;
mod fallback;
mod scope;
#[cfg(test)]
mod tests;
mod types;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `Versioned`, `VersionedChangeset` and `VersionedColumns` for a struct with a field for each column.
///
/// The struct also derives Diesel's `Identifiable` and `AsChangeset`: a save finds its row by the same
/// key, and writes what the other says. (An impl of `AsChangeset` by hand needs one of `Versioned`
/// by hand: the derive says of the text of the statement what is true of the derived one. **One that leaves
/// the version out never moves it on, and loses updates**; with `skip_update` on the version optlock writes it
/// in any case.)
///
/// # `#[optlock(..)]` on a field
///
/// | attribute | meaning |
/// |---|---|
/// | `version` | This is the version. Without it: the field called `version` or `lock_version`. |
/// | `updated_on` | This is stamped with the present time at each save: an audit column beside the version. |
/// | `precision = "micros"`, `"millis"`, `"seconds"` | The resolution of the column of such a stamp, or of a version that is a timestamp. Without it: microseconds. |
/// | `clock = path` | Where such a stamp, or a version that is a timestamp, has the present time from: a `fn() -> chrono::DateTime<chrono::Utc>`. Without it: `Utc::now`. For tests that set the clock. |
/// | `ignore` | Read by [`#[derive(Diff)]`](macro@Diff). It has no bearing on a save. |
/// | `scope` | The row counts only if the column holds the value in memory: a tenant. The column is in the `WHERE` of each statement, and never written: it asks for `#[diesel(skip_update)]`. |
/// | `scope = none` | The row counts only while the column is NULL: a soft delete, which is a save that sets it. |
///
/// A row that does not count is a row that is not there. More in `optlock::guide::scope`.
///
/// # `#[diesel(..)]`
///
/// These attributes mean what they mean to Diesel, and all others have no bearing on a save.
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `table_name = path` | struct | The table. Without it: the struct's name in snake case with an `s`. |
/// | `primary_key(a, b)` | struct | The columns of the key. Without it: `id`. They must be those of `table!`, in its order. |
/// | `column_name = name` | field | The column. Without it: the field's name. |
/// | `treat_none_as_null = bool` | struct, field | What a save does where an `Option` is `None`: make the column NULL, or leave it alone. **It must be said** for each `Option` that is saved, because Diesel's answer without it, which is to leave the column alone, loses what a user has cleared. |
/// | `skip_update` | field | The column is never written. The version and the audit stamp are: optlock then writes them itself, [see below](#who-writes-the-version). |
/// | `embed` | field | A struct of more columns, which derives `AsChangeset` too. Not an `Option` of one where `treat_none_as_null = true`: Diesel leaves the columns of its `None` alone. |
/// | `serialize_as = Type` | field | The column is written as that type. Then the struct is saved as a clone, so it derives `Clone`. Not for the version, which is compared as it is. |
///
/// A column belongs to one field. Two fields of one column do not compile, nor does an embedded struct
/// that derives `Diff` and has a column of the struct around it. Of other embedded structs the columns
/// are not known before their changeset is built: a save then fails with `Error::EmbeddedColumn`, and
/// sends nothing.
///
/// An embedded struct has no key. What it takes for one, `id` if it names none, Diesel never writes, so
/// one that derives `Diff` and has such a field does not compile: let it name the key of the model around
/// it, `#[diesel(primary_key(no))]`. **Of one without `Diff` this is not known: a change of its `id` is lost.**
/// An embedded struct answers the question of `treat_none_as_null` for itself, and is asked it by the
/// derive of `Diff`: derive it for each.
///
/// # Who writes the version
///
/// ```text
/// #[diesel(skip_update)]
/// version: i64,
/// ```
///
/// Take `skip_update` for each model. The version is then no part of Diesel's changeset, and optlock
/// writes the column beside it, in the same statement. Without it, a plain
/// `diesel::update(&contact).set(&contact)`, or Diesel's `save_changes`, sets the version of the row
/// **back** to the one in memory, and a third holder of that version overwrites others unseen.
///
/// With it, a plain update still writes unseen: it checks no version, and moves none on. What others
/// have written it overwrites, and they are not told of it. (A trigger can tell them.)
///
/// An audit stamp may be left to optlock in the same way. A struct of key and version alone cannot,
/// because Diesel refuses a changeset of nothing.
///
/// **No trigger may change a version that a save has written**: one that adds 1 to `NEW.version` makes
/// each second save a false conflict.
///
/// # Expansion
///
/// ```text
/// #[derive(Identifiable, AsChangeset, Versioned)]
/// struct Contact {
///     id: i32,
///     name: String,
///     version: i64,
/// }
///
/// // gives, with the paths shortened:
///
/// const _: () = is_primary_key::<contacts::table, contacts::id>();
///
/// impl Versioned for Contact {
///     type Table = contacts::table;
///     type Key = i32;
///     type VersionColumn = contacts::version;
///     type Version = i64;
///     type Scope = ();
///     type Text = Fixed<Contact>;
///     const TABLE_NAME: &'static str = "contacts";
///
///     fn key(&self) -> i32 { self.id.clone() }
///     fn scope(&self) {}
///     fn version(&self) -> &i64 { &self.version }
///     fn set_version(&mut self, version: i64) { self.version = version; }
/// }
///
/// impl<'a> VersionedChangeset<'a> for Contact {
///     type Changeset = <&'a Contact as AsChangeset>::Changeset;
///     type StampChangeset = ();
///     fn changeset(&'a self) -> Self::Changeset { self.as_changeset() }
///     fn stamp_changeset(&'a self) {}
/// }
///
/// // each column with its value, for a batch
/// impl<'a> VersionedColumns<'a> for Contact {
///     type Key = ColumnValue<contacts::id, &'a i32>;
///     type Set = (ColumnValue<contacts::name, &'a String>, ColumnValue<contacts::version, &'a i64>);
///     fn key_columns(&'a self) -> Self::Key { ColumnValue::new(&self.id) }
///     fn set_columns(&'a self) -> Self::Set { (ColumnValue::new(&self.name), ColumnValue::new(&self.version)) }
/// }
///
/// // the `UPDATE` always has the same text, so its prepared statement is found by the type
/// impl FixedText for Contact {
///     const FIXED: bool =
///         is_fixed::<contacts::name, &'static String>() && is_fixed::<contacts::version, &'static i64>();
/// }
/// ```
#[proc_macro_derive(Versioned, attributes(optlock, diesel))]
pub fn derive_versioned(input: TokenStream) -> TokenStream {
    expand::derive_versioned(&parse_macro_input!(input as DeriveInput)).into()
}

/// Derives `Diff`: which fields of two values differ, for diffs and merges.
///
/// Compared are the fields that a save writes. The primary key, the version and the audit stamp are
/// left out, and so are fields with `#[diesel(skip_update)]`, which no save writes. The type of a
/// compared field is `PartialEq + Clone + Debug`.
///
/// The derive asks for no other one, but reads the attributes of all:
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `#[optlock(ignore)]` | field | Left out: a cache, or an audit column that the application writes. A merge takes it from the other side. |
/// | `#[optlock(scope)]` | field | Left out: two values of different scope are different rows. (What is marked `scope = none` is compared.) |
/// | `#[optlock(version)]`, `#[optlock(updated_on)]` | field | Left out, as is the field called `version` or `lock_version` if none is marked. |
/// | `#[diesel(table_name, primary_key, column_name, skip_update)]` | | As in `Versioned`. |
/// | `#[diesel(treat_none_as_null = false)]` | struct, field | A `None` of mine leaves the column alone, so that a merge takes it for no change. |
/// | `#[diesel(embed)]` | field | A struct of more columns, which derives `Diff` too. Its fields are compared one by one, and stand behind those of the struct around it. |
///
/// # Expansion
///
/// ```text
/// #[derive(Diff)]
/// struct Contact {
///     id: i32,
///     name: String,
///     version: i64,
/// }
///
/// // gives, with the paths shortened:
///
/// impl Diff for Contact {
///     const FIELDS: Fields = Fields::new(&[Field::new("name", "name")]);
///
///     fn differs_in(&self, other: &Self, field: usize) -> bool {
///         match field {
///             0 => Comparable::differs(&self.name, &other.name),
///             _ => false,
///         }
///     }
///
///     fn take_field(&mut self, other: &Self, field: usize) {
///         match field {
///             0 => Comparable::take(&mut self.name, &other.name),
///             _ => {}
///         }
///     }
///
///     fn field_value(&self, field: usize) -> &dyn Debug {
///         match field {
///             0 => Comparable::value(&self.name),
///             _ => &(),
///         }
///     }
///
///     // of the changeset `(name, version)`
///     fn writes(changed: &[bool], position: usize) -> bool {
///         match position {
///             0 => changed[0],
///             _ => true,
///         }
///     }
/// }
/// ```
#[proc_macro_derive(Diff, attributes(optlock, diesel))]
pub fn derive_diff(input: TokenStream) -> TokenStream {
    expand::derive_diff(&parse_macro_input!(input as DeriveInput)).into()
}

/// Derives `Unversioned` for a struct whose table has no version column, so that
/// `Tracked::save_unchanged` can save it.
///
/// The struct also derives Diesel's `Queryable`, `Selectable` and `AsChangeset`, and
/// [`Diff`](macro@Diff), whose `#[optlock(ignore)]` it leaves alone. It reads `#[diesel(table_name,
/// primary_key, column_name)]`, and `#[optlock(scope)]` as [`Versioned`](macro@Versioned) does.
///
/// # Expansion
///
/// ```text
/// #[derive(Queryable, Selectable, AsChangeset, Diff, Unversioned)]
/// struct Note {
///     id: i32,
///     name: String,
/// }
///
/// // gives, with the paths shortened:
///
/// const _: () = is_primary_key::<notes::table, notes::id>();
///
/// impl Unversioned for Note {
///     type Table = notes::table;
///     type Key = i32;
///     type KeyColumn = notes::id;
///     type Scope = ();
///     const TABLE_NAME: &'static str = "notes";
///
///     fn key(&self) -> i32 { self.id.clone() }
///     fn scope(&self) {}
/// }
/// ```
#[proc_macro_derive(Unversioned, attributes(optlock, diesel))]
pub fn derive_unversioned(input: TokenStream) -> TokenStream {
    expand::derive_unversioned(&parse_macro_input!(input as DeriveInput)).into()
}
