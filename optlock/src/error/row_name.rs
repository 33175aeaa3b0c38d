//! A row in a message.

use std::fmt;

/// A table and a key: "contacts 7". Without a key: "a row of contacts".
pub(super) struct RowName<'e>(pub(super) &'e str, pub(super) &'e str);

impl fmt::Display for RowName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // No key prints as nothing: the `Debug` of an empty text is a pair of quotes.
            Self(table, "") => write!(f, "a row of {table}"),
            Self(table, key) => write!(f, "{table} {key}"),
        }
    }
}
