//! The rows that a page shows.

use super::part::{Part, RowOfPart};
use super::value::FingerprintValue;
use crate::diff::{Comparable, Fields};
use crate::error::PartRow;
use crate::key_text::{KeyText, text_of};
use crate::versioned::Versioned;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The fields of a struct that a fingerprint covers. Derived by
/// [`#[derive(Fingerprint)]`](macro@crate::Fingerprint), for an embedded struct too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fields that a fingerprint covers",
    label = "needs `#[derive(Fingerprint)]`"
)]
pub trait FingerprintFields {
    /// Adds each field.
    fn write_fields(&self, fields: &mut FieldWriter<'_>);

    /// Says of each field that a save writes whether it would change the field of `row`, so that
    /// [`save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged) refuses to change what no
    /// fingerprint guards.
    ///
    /// **Name each field that a save writes**: one that [`write_fields`](Self::write_fields) leaves out by
    /// [`ChangeWriter::skipped`], or another client's change of it is lost. Where it leaves out none,
    /// [`changes.compare(self, row)`](ChangeWriter::compare) is all.
    ///
    /// ```
    /// use optlock::fingerprint::{ChangeWriter, FieldWriter, FingerprintFields};
    ///
    /// struct Order {
    ///     cents: i64,
    ///     notes: String, // the page does not show them
    /// }
    ///
    /// impl FingerprintFields for Order {
    ///     fn write_fields(&self, fields: &mut FieldWriter<'_>) {
    ///         fields.field("cents", &self.cents);
    ///     }
    ///
    ///     fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
    ///         changes.field("cents", self.cents != row.cents);
    ///         changes.skipped("notes", self.notes != row.notes);
    ///     }
    /// }
    /// ```
    fn write_changes(&self, row: &Self, changes: &mut ChangeWriter)
    where
        Self: Sized;
}

/// A row of a table, as a part of a [`Fingerprint`](struct@crate::Fingerprint). Derived by
/// [`#[derive(Fingerprint)]`](macro@crate::Fingerprint), with or without a version; or written by hand:
///
/// ```
/// use optlock::fingerprint::{ChangeWriter, FieldWriter, FingerprintFields, FingerprintRow};
///
/// struct Order {
///     id: i32,
///     cents: i64,
/// }
///
/// impl FingerprintFields for Order {
///     fn write_fields(&self, fields: &mut FieldWriter<'_>) {
///         fields.field("cents", &self.cents);
///     }
///
///     fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
///         changes.compare(self, row); // a save writes no other field
///     }
/// }
///
/// impl FingerprintRow for Order {
///     type Key = i32;
///     type Scope = ();
///     const TABLE_NAME: &'static str = "orders";
///
///     fn key(&self) -> i32 {
///         self.id
///     }
///     fn scope(&self) {}
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of a table that a fingerprint could name",
    label = "needs `#[derive(Fingerprint)]`, and a field for each column of the primary key",
    note = "what is no row is a value: `.value(\"open orders\", &count)`"
)]
pub trait FingerprintRow: FingerprintFields {
    /// The primary key as an owned value, a tuple if it has several columns. Messages print it by its
    /// `Debug`.
    type Key: fmt::Debug + KeyText;
    /// The [scope](crate::scope), which is signed and never printed. `()`: there is none.
    type Scope: KeyText;

    /// The table's name in messages.
    const TABLE_NAME: &'static str;

    /// The primary key.
    fn key(&self) -> Self::Key;

    /// The scope.
    fn scope(&self) -> Self::Scope;
}

/// Where [`FingerprintFields`] writes its fields.
pub struct FieldWriter<'p> {
    row: Arc<RowOfPart>,
    parts: &'p mut Vec<Part>,
}

/// Without the values and the scope.
impl fmt::Debug for FieldWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldWriter").finish_non_exhaustive()
    }
}

impl FieldWriter<'_> {
    /// Adds a field, which is a part of its own.
    pub fn field(&mut self, name: &'static str, value: &(impl FingerprintValue + ?Sized)) {
        let row = Some(Arc::clone(&self.row));
        self.parts.push(Part::new(row, Cow::Borrowed(name), value));
    }

    /// Adds the fields of an embedded struct that may not be there, and whether it is.
    pub fn optional(&mut self, name: &'static str, embedded: Option<&impl FingerprintFields>) {
        self.field(name, &embedded.is_some());
        if let Some(embedded) = embedded {
            embedded.write_fields(self);
        }
    }
}

/// A part for each field of the row, and behind them the row itself.
pub(super) fn parts_of<R: FingerprintRow + ?Sized>(row: &R) -> Vec<Part> {
    let key = row.key();
    let named = PartRow {
        table: R::TABLE_NAME,
        key: format!("{key:?}").into(),
    };
    let key_text = text_of(&(key, row.scope()));
    parts_within(Arc::new(RowOfPart { named, key_text }), |fields| {
        row.write_fields(fields);
    })
}

fn parts_within(row: Arc<RowOfPart>, write: impl FnOnce(&mut FieldWriter<'_>)) -> Vec<Part> {
    let mut parts = Vec::new();
    write(&mut FieldWriter {
        row: Arc::clone(&row),
        parts: &mut parts,
    });
    parts.push(Part::presence(row));
    parts
}

/// Where [`FingerprintFields::write_changes`] says what a save would change.
#[derive(Debug, Default)]
pub struct ChangeWriter {
    changes: Vec<Change>,
    /// Embedded structs that are one part each, and their fields.
    wholes: Vec<(&'static str, Fields)>,
}

/// A field that a save would change.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) name: Cow<'static, str>,
    /// Does [`FingerprintFields::write_fields`] write it?
    pub(super) is_part: bool,
}

impl ChangeWriter {
    /// What a save of `value` would change of `row`.
    pub(super) fn changes_of<R: FingerprintFields>(value: &R, row: &R) -> Self {
        let mut writer = Self::default();
        value.write_changes(row, &mut writer);
        writer
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    /// The parts that a field of an embedded struct is within.
    pub(super) fn wholes_of(&self, field: &str) -> impl Iterator<Item = &'static str> {
        let wholes = self.wholes.iter();
        let of_field =
            move |(_, fields): &&(_, Fields)| fields.iter().any(|within| within.name() == field);
        wholes.filter(of_field).map(|(name, _)| *name)
    }

    /// Says of an embedded struct that is one part whether a save would change it. A [`Tracked`](crate::Tracked) value
    /// names the fields that have changed within it.
    #[doc(hidden)]
    pub fn whole(&mut self, name: &'static str, fields: Fields, is_changed: bool) {
        self.wholes.push((name, fields));
        self.field(name, is_changed);
    }

    /// Says of a field that [`write_fields`](FingerprintFields::write_fields) writes, by the same name,
    /// whether a save would change it.
    pub fn field(&mut self, name: &'static str, is_changed: bool) {
        self.add(Cow::Borrowed(name), is_changed, true);
    }

    /// Says of a field that [`write_fields`](FingerprintFields::write_fields) leaves out whether a save
    /// would change it.
    pub fn skipped(&mut self, name: &'static str, is_changed: bool) {
        self.add(Cow::Borrowed(name), is_changed, false);
    }

    /// Says what a save would change of an embedded struct that may not be there. One that is `None` is
    /// not saved, as Diesel has it.
    pub fn optional<E: FingerprintFields>(
        &mut self,
        name: &'static str,
        mine: Option<&E>,
        row: Option<&E>,
    ) {
        match (mine, row) {
            (Some(mine), Some(row)) => mine.write_changes(row, self),
            (Some(_), None) => self.field(name, true),
            (None, _) => {}
        }
    }

    /// Says of each field that [`write_fields`](FingerprintFields::write_fields) writes whether a save would
    /// change it. **A field that it leaves out is not looked at**: that is for [`skipped`](Self::skipped).
    pub fn compare<R: FingerprintFields>(&mut self, value: &R, row: &R) {
        for name in DifferingParts::of(value, row).0 {
            self.add(name.into(), true, true);
        }
    }

    fn add(&mut self, name: Cow<'static, str>, is_changed: bool, is_part: bool) {
        if is_changed {
            self.changes.push(Change { name, is_part });
        }
    }
}

/// The names of the parts in which two values differ. Asked of all parts at once, it asks nothing of the type of
/// each: one without stable bytes is reported where it is written.
#[derive(Debug)]
pub struct DifferingParts(Vec<String>);

impl DifferingParts {
    /// Compares the two.
    pub fn of<R: FingerprintFields>(value: &R, row: &R) -> Self {
        let (mine, theirs) = (fields_of(value), fields_of(row));
        let differ = |name: &str| {
            let named = |parts: &[Part]| -> Vec<Part> {
                let named = parts.iter().filter(|part| part.name() == name);
                named.cloned().collect()
            };
            let (mine, theirs) = (named(&mine), named(&theirs));
            let shows_same = |(mine, theirs): (&Part, &Part)| mine.shows_as(theirs);
            mine.len() != theirs.len() || !mine.iter().zip(&theirs).all(shows_same)
        };
        let names = mine.iter().chain(&theirs).map(Part::name);
        Self(
            names
                .filter(|name| differ(name))
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Do they differ in this part?
    pub fn contain(&self, name: &str) -> bool {
        self.0.iter().any(|differing| differing == name)
    }
}

/// The fields of a value, of whatever row.
fn fields_of(value: &impl FingerprintFields) -> Vec<Part> {
    let named = PartRow {
        table: "",
        key: "".into(),
    };
    let key_text = String::new();
    let mut parts = parts_within(Arc::new(RowOfPart { named, key_text }), |fields| {
        value.write_fields(fields);
    });
    parts.retain(Part::is_field);
    parts
}

/// What is known of a field that is called as a version is, while the compiler runs: it is the version of a `T` that
/// is [`Versioned`], and a field like any other by [`WithoutVersion`].
#[derive(Debug)]
pub struct VersionOf<T: ?Sized>(PhantomData<T>);

impl<T: Versioned> VersionOf<T> {
    /// A version is no part.
    pub fn write<V: ?Sized>(_fields: &mut FieldWriter<'_>, _name: &'static str, _value: &V) {}

    /// Two values are compared that have the same version. If this field is another one, it is not the version: an
    /// impl of `Versioned` by hand has its version elsewhere.
    pub fn change<V: Comparable>(
        changes: &mut ChangeWriter,
        name: &'static str,
        mine: &V,
        row: &V,
        _is_another_part: bool,
    ) {
        changes.skipped(name, mine.differs(row));
    }
}

/// A struct without a version.
pub trait WithoutVersion {
    /// Adds the field.
    fn write(
        fields: &mut FieldWriter<'_>,
        name: &'static str,
        value: &(impl NamedAsVersion + ?Sized),
    ) {
        value.write_as(name, fields);
    }

    /// Says whether a save would change the field.
    fn change<V: ?Sized>(
        changes: &mut ChangeWriter,
        name: &'static str,
        _mine: &V,
        _row: &V,
        is_another_part: bool,
    ) {
        changes.field(name, is_another_part);
    }
}

impl<T: ?Sized> WithoutVersion for VersionOf<T> {}

/// A [`FingerprintValue`], with a message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no stable bytes for a fingerprint",
    label = "a field of this name is covered, because the struct is not `Versioned`",
    note = "if it is the version of the row, mark it `#[optlock(version)]`",
    note = "otherwise cover what a function of yours makes of it, `#[optlock(fingerprint_with = path::to::function)]`, or leave it out, `#[optlock(skip_fingerprint)]`"
)]
pub trait NamedAsVersion {
    /// Adds the field.
    fn write_as(&self, name: &'static str, fields: &mut FieldWriter<'_>);
}

#[diagnostic::do_not_recommend]
impl<V: FingerprintValue + ?Sized> NamedAsVersion for V {
    /// Adds the field.
    fn write_as(&self, name: &'static str, fields: &mut FieldWriter<'_>) {
        fields.field(name, self);
    }
}
