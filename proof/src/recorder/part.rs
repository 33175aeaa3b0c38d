//! What a call did on a row, before it is known when.

use crate::history::{Contents, Makes, Requires, Row, Version};
use serde::{Deserialize, Serialize};

/// A [`Call`](crate::history::Call) without its client and its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub row: Row,
    pub requires: Requires,
    pub makes: Makes,
    pub leaves: Option<Contents>,
}

impl Part {
    /// The row was seen to be so, or a write was refused because it was.
    pub fn saw(row: Row, requires: Requires) -> Self {
        Self {
            row,
            requires,
            makes: Makes::Nothing,
            leaves: None,
        }
    }

    /// A read of the row returned this.
    pub fn read(row: Row, contents: Option<Contents>) -> Self {
        Self::saw(row, contents.map_or(Requires::Absent, Requires::Contents))
    }

    pub fn wrote(row: Row, requires: Requires, makes: Makes) -> Self {
        Self {
            row,
            requires,
            makes,
            leaves: None,
        }
    }

    /// A checked write of this version's row.
    pub fn checked(row: Row, expected: Version, makes: Makes) -> Self {
        Self::wrote(row, Requires::Version(expected), makes)
    }

    pub fn leaving(mut self, contents: Contents) -> Self {
        self.leaves = Some(contents);
        self
    }
}
