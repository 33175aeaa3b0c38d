//! A row in a message.

use std::fmt;

/// A table and a key: "contacts 7". Without a key: "a row of contacts".
pub(super) struct RowName<'e>(pub(super) &'e str, pub(super) Option<&'e str>);

impl fmt::Display for RowName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(table, Some(key)) => write!(f, "{table} {key}"),
            Self(table, None) => write!(f, "a row of {table}"),
        }
    }
}
