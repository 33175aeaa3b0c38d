//! The rows that a page shows.

use super::part::{Part, RowOfPart};
use super::value::FingerprintValue;
use crate::error::PartRow;
use crate::key_text::{KeyText, text_of};
use std::borrow::Cow;
use std::fmt;
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
}

/// A row of a table, as a part of a [`Fingerprint`](struct@crate::Fingerprint). Derived by
/// [`#[derive(Fingerprint)]`](macro@crate::Fingerprint), with or without a version; or written by hand:
///
/// ```
/// use optlock::fingerprint::{FieldWriter, FingerprintFields, FingerprintRow};
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

/// Adds a part for each field of the row; and for a row without any, one that is called "row".
pub(super) fn push<R: FingerprintRow + ?Sized>(row: &R, parts: &mut Vec<Part>) {
    let key = row.key();
    let named = PartRow {
        table: R::TABLE_NAME,
        key: format!("{key:?}").into(),
    };
    let key_text = text_of(&(key, row.scope()));
    let others = parts.len();
    let mut fields = FieldWriter {
        row: Arc::new(RowOfPart { named, key_text }),
        parts,
    };
    row.write_fields(&mut fields);
    // That a row of a key alone is there is what a page shows of it.
    if fields.parts.len() == others {
        fields.field("row", &true);
    }
}
