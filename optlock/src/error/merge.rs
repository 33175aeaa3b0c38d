//! A merge in which both sides changed a field.

use super::field_names::FieldNames;
use super::lost_row::LostRow;
use super::row_name::RowName;
use crate::diff::Field;
use std::fmt;

/// Another client changed the row, and in the same fields as this value. A program cannot decide which
/// of the two changes to keep.
///
/// [`with_key`](Self::with_key) names the table, the key and the fields, and no values: "contacts 7 was
/// changed in the same fields by another client: name, email". `Display` names no row, because it is the
/// source of an [`Error`](crate::Error), which has named it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Error;
///
/// let base: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table).set((contacts::name.eq("Anna"), contacts::version.eq(2))).execute(conn)?;
/// // .. another client calls her Anna ..
/// let mut mine = Contact { name: "Ann B.".into(), ..base.clone() };
/// let Err(Error::MergeConflict(conflict)) = mine.save_merged(&base, conn) else {
///     panic!("both changed the name")
/// };
/// assert_eq!((conflict.table(), conflict.key()), ("contacts", "1"));
/// assert_eq!(conflict.fields()[0].column(), "name");
/// assert_eq!(
///     conflict.without_key(),
///     "a row of contacts was changed in the same fields by another client: name"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MergeConflict(Box<Inner>);

// Boxed as a `ConcurrentModification` is.
#[derive(Clone, PartialEq, Eq)]
struct Inner {
    table: &'static str,
    key: String,
    fields: Vec<Field>,
    row: Option<LostRow>,
}

impl MergeConflict {
    pub(crate) fn new(table: &'static str, key: String, fields: Vec<Field>) -> Self {
        Self(Box::new(Inner {
            table,
            key,
            fields,
            row: None,
        }))
    }

    /// Keeps what locks the row in another transaction.
    pub(crate) fn keep_row(&mut self, row: LostRow) {
        self.0.row = Some(row);
    }

    /// What locks the row in another transaction, if it was kept.
    #[cfg(feature = "retry")]
    pub(crate) fn lost_row(&self) -> Option<&LostRow> {
        self.0.row.as_ref()
    }

    /// The table.
    pub fn table(&self) -> &'static str {
        self.0.table
    }

    /// The primary key, as its `Debug` prints it.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The fields that both changed differently.
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// What the [`Error`](crate::Error) prints: "contacts 7 was changed in the same fields by somebody
    /// else: name".
    pub fn with_key(&self) -> String {
        self.message(Some(self.key()))
    }

    /// The same message without the key: "a row of contacts was changed in the same fields by
    /// another client: name".
    pub fn without_key(&self) -> String {
        self.message(None)
    }

    fn message(&self, key: Option<&str>) -> String {
        let (row, fields) = (RowName(self.table(), key), FieldNames(self.fields()));
        format!("{row} was changed in the same fields by another client: {fields}")
    }
}

impl std::error::Error for MergeConflict {}

impl fmt::Debug for MergeConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeConflict")
            .field("table", &self.table())
            .field("key", &self.key())
            .field("fields", &self.fields())
            .finish()
    }
}

impl fmt::Display for MergeConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another client changed the same fields first")
    }
}
