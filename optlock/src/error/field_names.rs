//! Fields in a message.

use crate::diff::Field;
use std::fmt;

/// Their names: "name, email".
pub(super) struct FieldNames<'e>(pub(super) &'e [Field]);

impl fmt::Display for FieldNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            field.fmt(f)?;
        }
        Ok(())
    }
}
