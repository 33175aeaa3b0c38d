//! Another client's write came first.

use super::field_names::FieldNames;
use super::lost_row::LostRow;
use super::row_name::RowName;
use crate::diff::Field;
use crate::token::VersionValue;
use std::fmt;

/// Another client changed or deleted the row since the value was loaded: a checked write matched no row.
///
/// [`with_key`](Self::with_key) names the table, the key and the two versions, and no other value:
/// "contacts 7 was changed: expected version 3, found 5". So does an [`Error`](crate::Error) of it. A
/// key that is personal data (an email address) can be left out with [`without_key`](Self::without_key).
///
/// `Display` names no row, "another client changed the row first", because it is the source of an
/// `Error`, which has named it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::{Error, Found};
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table).set(contacts::version.eq(5)).execute(conn)?;
/// // .. another client saves the row until its version is 5 ..
/// let Err(Error::ConcurrentModification(conflict)) = ann.save_checked(conn) else {
///     panic!("the row was changed")
/// };
/// assert_eq!((conflict.table(), conflict.key()), ("contacts", "1"));
/// assert_eq!(conflict.expected(), Some(&1.into()));
/// assert_eq!(*conflict.found(), Found::Modified { version: 5.into() });
/// assert_eq!(
///     conflict.without_key(),
///     "a row of contacts was changed: expected version 1, found 5"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConcurrentModification(Box<Conflict>);

// Boxed, so that an `Err` does not make each `Result` of the hot path larger.
#[derive(Clone, PartialEq, Eq)]
struct Conflict {
    table: &'static str,
    key: String,
    expected: Option<VersionValue>,
    found: Found,
    row: Option<LostRow>,
}

/// What was found in place of the expected version when a checked write matched no row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::{Error, Found};
///
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::delete(contacts::table).execute(conn)?;
/// // .. another client deletes the row ..
/// match ann.delete_checked(conn) {
///     Err(Error::ConcurrentModification(conflict)) => match conflict.found() {
///         Found::Modified { version } => println!("changed, version {version} now"),
///         Found::Missing => println!("gone"),
///         _ => println!("run the transaction again"),
///     },
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// The row, with another version.
    Modified {
        /// The version that was found.
        version: VersionValue,
    },
    /// The row, with an **older** version than expected, of a
    /// [token that has an order](crate::VersionToken::ORDERED).
    /// [`Error::is_behind`](crate::Error::is_behind) lists the causes, and what to do.
    Older {
        /// The version that was found.
        version: VersionValue,
    },
    /// The row of a table without a version column, in which these fields differ from the loaded
    /// value. (From [`UnversionedDsl::save_unchanged`](crate::UnversionedDsl::save_unchanged).)
    Changed {
        /// The fields, of which there is at least one.
        fields: Vec<Field>,
    },
    /// The row, where a value was to be inserted: another client inserted it first, or the value was stored before. (From
    /// [`upsert_checked`](crate::VersionedDsl::upsert_checked).)
    Exists {
        /// The version that was found.
        version: VersionValue,
    },
    /// No row: it was deleted, or never existed.
    Missing,
    /// Not read: the database itself reported the conflict and gave up the transaction, in which
    /// nothing can be read any more. PostgreSQL's 40001, MariaDB's 1020 and 1213. **After 1020
    /// and 1213 the server has no transaction any more, and the next statement would commit by
    /// itself**: leave the outermost transaction first.
    TransactionAborted,
    /// Unknown: the read failed.
    Unknown,
}

impl ConcurrentModification {
    pub(crate) fn new(
        table: &'static str,
        key: String,
        expected: Option<VersionValue>,
        found: Found,
    ) -> Self {
        Self(Box::new(Conflict {
            table,
            key,
            expected,
            found,
            row: None,
        }))
    }

    /// Is the row older than expected ([`Found::Older`])?
    pub fn is_behind(&self) -> bool {
        matches!(self.found(), Found::Older { .. })
    }

    /// Keeps what locks the row in another transaction.
    pub(crate) fn keep_row(&mut self, row: LostRow) {
        self.0.row = Some(row);
    }

    /// No retry shall lock the row.
    #[cfg(feature = "lease")]
    pub(crate) fn forget_row(&mut self) {
        self.0.row = None;
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

    /// The version in memory, which the write expected to find. `None` for a table without a version.
    pub fn expected(&self) -> Option<&VersionValue> {
        self.0.expected.as_ref()
    }

    /// What was found instead.
    pub fn found(&self) -> &Found {
        &self.0.found
    }

    /// What the [`Error`](crate::Error) prints: "contacts 7 was changed: expected version 3, found 5".
    pub fn with_key(&self) -> String {
        self.message(Some(self.key()))
    }

    /// The same message without the key: "a row of contacts was changed: expected version 3, found
    /// 5".
    pub fn without_key(&self) -> String {
        self.message(None)
    }

    fn message(&self, key: Option<&str>) -> String {
        let row = RowName(self.table(), key);
        match (self.found(), self.expected()) {
            (Found::Modified { version }, Some(expected)) => {
                format!("{row} was changed: expected version {expected}, found {version}")
            }
            (Found::Modified { version }, None) => {
                format!("{row} was changed: found version {version}")
            }
            (Found::Older { version }, Some(expected)) => {
                format!("{row} is behind: expected version {expected}, found the older {version}")
            }
            (Found::Older { version }, None) => {
                format!("{row} is behind: found the older version {version}")
            }
            (Found::Changed { fields }, _) => {
                let fields = FieldNames(fields);
                format!("{row} was changed since it was loaded: {fields}")
            }
            (Found::Exists { version }, _) => {
                format!("{row} exists already: expected no row, found version {version}")
            }
            (Found::Missing, Some(expected)) => {
                format!("{row} is gone: expected version {expected}, found no row")
            }
            (Found::Missing, None) => format!("{row} is gone"),
            (Found::TransactionAborted, Some(expected)) => format!(
                "{row} was not written: expected version {expected}, and the database gave the \
                 transaction up in favour of another"
            ),
            (Found::TransactionAborted, None) => format!(
                "{row} was not written: the database gave the transaction up in favour of another"
            ),
            (Found::Unknown, Some(expected)) => format!(
                "{row} was changed: expected version {expected}, and what stands there could not be \
                 read"
            ),
            (Found::Unknown, None) => {
                format!("{row} was changed, and what stands there could not be read")
            }
        }
    }
}

impl std::error::Error for ConcurrentModification {}

impl fmt::Debug for ConcurrentModification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrentModification")
            .field("table", &self.table())
            .field("key", &self.key())
            .field("expected", &self.expected())
            .field("found", self.found())
            .finish()
    }
}

impl fmt::Display for ConcurrentModification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.found() {
            Found::Modified { .. } | Found::Changed { .. } | Found::Unknown => {
                "another client changed the row first"
            }
            Found::Older { .. } => "the row is older than the value in memory",
            Found::Exists { .. } => "another client inserted the row first, or it was there before",
            Found::Missing => "another client deleted the row first, or it never existed",
            Found::TransactionAborted => "a transaction of another client came first",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(found: Found) -> (String, String) {
        let conflict = ConcurrentModification::new("contacts", "7".into(), Some(3.into()), found);
        (conflict.with_key(), conflict.without_key())
    }

    #[test]
    fn a_message_names_the_row_and_both_versions() {
        let (message, keyless) = printed(Found::Modified { version: 5.into() });
        assert_eq!(
            message,
            "contacts 7 was changed: expected version 3, found 5"
        );
        assert_eq!(
            keyless,
            "a row of contacts was changed: expected version 3, found 5"
        );
        let (message, keyless) = printed(Found::Older { version: 2.into() });
        assert_eq!(
            message,
            "contacts 7 is behind: expected version 3, found the older 2"
        );
        assert_eq!(
            keyless,
            "a row of contacts is behind: expected version 3, found the older 2"
        );
        let name = Field::new("name", "name");
        let fields = vec![name, Field::new("phone", "phone")];
        assert_eq!(
            printed(Found::Changed { fields }).0,
            "contacts 7 was changed since it was loaded: name, phone"
        );
        let (message, keyless) = printed(Found::Exists { version: 5.into() });
        assert_eq!(
            message,
            "contacts 7 exists already: expected no row, found version 5"
        );
        assert_eq!(
            keyless,
            "a row of contacts exists already: expected no row, found version 5"
        );
        assert_eq!(
            printed(Found::Missing).0,
            "contacts 7 is gone: expected version 3, found no row"
        );
    }

    #[test]
    fn without_a_version_none_is_named() {
        let printed =
            |found| ConcurrentModification::new("notes", "7".into(), None, found).with_key();
        assert_eq!(printed(Found::Missing), "notes 7 is gone");
        assert_eq!(
            printed(Found::TransactionAborted),
            "notes 7 was not written: the database gave the transaction up in favour of another"
        );
    }

    #[test]
    fn an_empty_text_is_a_version_and_a_key_like_any_other() {
        let found = Found::Missing;
        let conflict = ConcurrentModification::new("notes", String::new(), Some("".into()), found);
        assert_eq!(
            conflict.with_key(),
            "notes  is gone: expected version , found no row"
        );
        assert_eq!(conflict.expected(), Some(&"".into()));
    }
}
