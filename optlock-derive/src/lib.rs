//! The derive macros of [optlock](https://docs.rs/optlock), which re-exports them. They state facts
//! and hold no behaviour.

mod ast;
mod attr;
mod compared;
mod errors;
mod expand;
mod fallback;
mod keyed;
mod rules;
mod scope;
mod shown;
#[cfg(test)]
mod tests;
mod types;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `Versioned`, `VersionedChangeset` and `VersionedColumns` for a struct with a field for
/// each column.
///
/// The struct also derives Diesel's `Identifiable` and `AsChangeset`: a save finds its row by the
/// key of the one, and writes the changeset of the other. If you implement `AsChangeset` by hand,
/// implement `Versioned` by hand as well: the derive assumes the SQL of the derived changeset. **A
/// changeset by hand that leaves the version out never advances it, and loses updates**; with
/// `skip_update` on the version optlock writes the version in any case.
///
/// # `#[optlock(..)]` on a field
///
/// | attribute | meaning |
/// |---|---|
/// | `version` | The version. Without it: the field called `version` or `lock_version`. |
/// | `generated` | Beside `version`: the database makes the version, with a trigger for example. A save leaves the column alone and reads what the row has then; the field needs `#[diesel(skip_update)]`. See `optlock::guide::generated_versions`. |
/// | `updated_on` | An audit stamp: each checked write sets it to the present time in UTC. |
/// | `precision = "micros"`, `"millis"`, `"seconds"` | The resolution of the column of an audit stamp, or of a version that is a timestamp. Without it: microseconds. `"seconds"` is the resolution of MySQL's and MariaDB's `DATETIME` and `TIMESTAMP` without a number. |
/// | `clock = path` | The clock of an audit stamp, or of a version that is a timestamp: a `fn() -> chrono::DateTime<chrono::Utc>`. Without it: `Utc::now`. For tests that set the clock. |
/// | `ignore` | Read by [`#[derive(Diff)]`](macro@Diff) and [`#[derive(Fingerprint)]`](macro@Fingerprint). It has no effect on a save. |
/// | `skip_fingerprint`, `fingerprint_with = path` | Read by [`#[derive(Fingerprint)]`](macro@Fingerprint). They have no effect on a save but `save_if_unchanged`. |
/// | `scope` | A tenant: the row counts only if the column holds the value in memory. The column is in the `WHERE` of each statement, and is never written, so the field needs `#[diesel(skip_update)]`. |
/// | `scope = none` | A soft delete: the row counts only while the column is NULL. A save that sets the field deletes the row. |
///
/// For the model, a row that does not count does not exist: see `optlock::guide::scope`. **Each
/// struct of the table repeats the scope field**; a struct without it reaches the rows of every
/// tenant, and deleted rows.
///
/// # `#[diesel(..)]`
///
/// These attributes mean what they mean to Diesel. Other attributes have no effect on a save.
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `table_name = path` | struct | The table. Without it: the struct's name in snake case with an `s`. |
/// | `primary_key(a, b)` | struct | The columns of the key. Without it: `id`. They must be those of `table!`, in its order. |
/// | `column_name = name` | field | The column. Without it: the field's name. |
/// | `treat_none_as_null = bool` | struct, field | What a save does where an `Option` is `None`: make the column NULL, or leave the column alone. **It is required** for each `Option` that is saved: Diesel's default, which leaves the column alone, loses what a user has cleared. |
/// | `treat_none_as_default_value = false` | struct | An `INSERT` stores a `None` as NULL, so that the row is what is in memory. `upsert_checked` needs it, and that neither the version, the key, the audit stamp nor a scope has `skip_insertion`. (A generated version needs it.) |
/// | `skip_update` | field | Diesel never writes the column. The version, unless it is `generated`, and the audit stamp are written all the same, by optlock: [see below](#who-writes-the-version). |
/// | `embed` | field | A struct of more columns, which derives `AsChangeset` too. Not an `Option` of one where `treat_none_as_null = true`: Diesel leaves the columns of its `None` alone. |
/// | `serialize_as = Type` | field | The column is written as that type. The struct is then saved as a clone, so it derives `Clone`. Not for the version, which is compared as it is. |
///
/// A column belongs to one field. Two fields of one column do not compile, nor does an embedded
/// struct that derives `Diff` and has a column of the struct around it. The columns of an embedded
/// struct without `Diff` are not known before its changeset is built: a save then fails with
/// `Error::EmbeddedColumn`, and sends nothing.
///
/// An embedded struct has no key. Diesel takes a field for its key, `id` if it names none, and
/// never writes that field. So an embedded struct that derives `Diff` and has such a field does not
/// compile: let it name the key of the model around it, `#[diesel(primary_key(no))]`. **For an
/// embedded struct without `Diff` this is not known: a change of its `id` is lost.** An embedded
/// struct states `treat_none_as_null` for itself, and only the derive of `Diff` asks for it: derive
/// `Diff` for each.
///
/// # Who writes the version
///
/// Put `#[diesel(skip_update)]` on the version of each model. The version is then no part of
/// Diesel's changeset, and optlock writes the column itself, in the same statement. Without it, a
/// plain `diesel::update(&contact).set(&contact)`, or Diesel's `save_changes`, sets the version of
/// the row **back** to the version in memory, and a client that holds that version overwrites
/// others unseen.
///
/// With `skip_update` a plain update still checks no version and advances none: it overwrites what
/// other clients have written, and they are not told. (A trigger can tell them.)
///
/// An audit stamp can have `skip_update` too. A struct of key and version alone cannot: Diesel
/// refuses an empty changeset.
///
/// **No trigger may change a version that a save has written**: a trigger that adds 1 to
/// `NEW.version` makes each second save a false conflict. Where a trigger makes each version, say
/// `#[optlock(version, generated)]`.
///
/// # Expansion
///
/// ```text
#[doc = include_str!("snapshots/optlock_derive__tests__docs__versioned.snap.rs")]
/// ```
#[proc_macro_derive(Versioned, attributes(optlock, diesel))]
pub fn derive_versioned(input: TokenStream) -> TokenStream {
    expand::derive_versioned(&parse_macro_input!(input as DeriveInput)).into()
}

/// Derives `Diff`: which fields of two values differ, for diffs and merges.
///
/// The fields that a save writes are compared. The primary key, the version and the audit stamp are
/// left out, and so are other fields with `#[diesel(skip_update)]`, which no save writes. The type
/// of a compared field is `PartialEq + Clone + Debug`.
///
/// The struct needs no other derive. `Diff` reads the attributes of the others:
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `#[optlock(ignore)]` | field | Left out: a cache, or an audit column that the application writes. A merge takes it from the other side. |
/// | `#[optlock(scope)]` | field | Left out: two values of different scope are different rows. (A field with `scope = none` is compared.) |
/// | `#[optlock(version)]`, `#[optlock(updated_on)]` | field | Left out, as is the field called `version` or `lock_version` if none is marked. |
/// | `#[diesel(table_name, primary_key, column_name, skip_update)]` | | As in `Versioned`. |
/// | `#[diesel(treat_none_as_null = false)]` | struct, field | A `None` of mine leaves the column alone, so a merge treats it as no change. |
/// | `#[diesel(embed)]` | field | A struct of more columns, which derives `Diff` too. Its fields are compared one by one, and follow those of the struct around it. |
///
/// # Expansion
///
/// ```text
#[doc = include_str!("snapshots/optlock_derive__tests__docs__diff.snap.rs")]
/// ```
#[proc_macro_derive(Diff, attributes(optlock, diesel))]
pub fn derive_diff(input: TokenStream) -> TokenStream {
    expand::derive_diff(&parse_macro_input!(input as DeriveInput)).into()
}

/// Derives `Unversioned` for a struct whose table has no version column, so that `save_unchanged` can
/// save it, in a `Tracked` value.
///
/// The struct also derives Diesel's `Queryable`, `Selectable` and `AsChangeset`, and
/// [`Diff`](macro@Diff), which reads `#[optlock(ignore)]`. `Unversioned` reads
/// `#[diesel(table_name, primary_key, column_name)]`, and `#[optlock(scope)]` as
/// [`Versioned`](macro@Versioned) does.
///
/// # Expansion
///
/// ```text
#[doc = include_str!("snapshots/optlock_derive__tests__docs__unversioned.snap.rs")]
/// ```
#[proc_macro_derive(Unversioned, attributes(optlock, diesel))]
pub fn derive_unversioned(input: TokenStream) -> TokenStream {
    expand::derive_unversioned(&parse_macro_input!(input as DeriveInput)).into()
}

/// Derives `FingerprintFields`, and for a row `FingerprintRow`: what an `optlock::Fingerprint` covers of
/// a struct. Each field is a part of its own, called by the table, the key and its name: `contacts 7.name`.
///
/// All fields are covered, those too that a save does not write, but for these. The key and the scope are
/// the part's name. The type of a covered field is a `FingerprintValue`, and those of the key and the
/// scope are `KeyText`.
///
/// The struct needs no other derive, and no `table!`; a table with a version and one without are the
/// same to it. It reads the attributes of the others:
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `#[optlock(skip_fingerprint)]` | field | Left out: the page does not show it, or it may change while the page is open. **`save_if_unchanged` refuses to change it**, so that no edit of another client is lost. Its type is `PartialEq + Clone + Debug`. |
/// | `#[optlock(fingerprint_with = path)]` | field | Covered by what a function makes of it, `fn(&Field) -> impl FingerprintValue`: for a type without stable bytes, such as a numeric or JSON, `BigDecimal::to_string`. **What the function leaves away is not guarded.** The field's type is `PartialEq + Clone + Debug`. |
/// | `#[optlock(ignore)]` | field | Left out, and `save_if_unchanged` may change it: **nobody edits it**. It is a cache, or an audit column that the application writes. |
/// | `#[optlock(version)]`, `#[optlock(updated_on)]` | field | Left out: they change with each save. |
/// | `#[optlock(scope)]` | field | Left out, and signed with the key: a row of another tenant is another row. (A field with `scope = none` is covered.) |
/// | `#[diesel(table_name, primary_key, column_name)]` | | As in `Versioned`. |
/// | `#[diesel(skip_update, treat_none_as_null)]` | field, struct | As in `Versioned`: which fields a save changes. |
/// | `#[diesel(embed)]` | field | A struct of more columns, which derives `Fingerprint` too. Its fields are parts of the row. |
///
/// A field that is called `version` or `lock_version` and has no mark is the version if the struct is
/// `Versioned`, and is left out. In another struct it is a field like any other, the version of a document for
/// example, and is covered. Mark it `#[optlock(version)]` there if it is the version of the row, and in a struct
/// where the type of the version is a parameter.
///
/// A struct without a field for its primary key (`id` if it names none) can be embedded, and is no row.
///
/// # Expansion
///
/// ```text
#[doc = include_str!("snapshots/optlock_derive__tests__docs__fingerprint.snap.rs")]
/// ```
#[proc_macro_derive(Fingerprint, attributes(optlock, diesel))]
pub fn derive_fingerprint(input: TokenStream) -> TokenStream {
    expand::derive_fingerprint(&parse_macro_input!(input as DeriveInput)).into()
}
