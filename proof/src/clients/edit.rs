//! What a client writes into a row.

use super::tables::Model;
use crate::history::{Makes, Stamp, Version};

/// New stamps for one of the two columns, or for both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edit {
    pub left: Option<Stamp>,
    pub right: Option<Stamp>,
}

impl Edit {
    pub fn apply<M: Model>(self, value: &mut M) {
        for (column, stamp) in value.columns().into_iter().zip([self.left, self.right]) {
            if let Some(Stamp(stamp)) = stamp {
                *column = stamp as i64;
            }
        }
    }

    pub fn stamps(self) -> impl Iterator<Item = Stamp> {
        [self.left, self.right].into_iter().flatten()
    }

    /// What a write of these columns alone makes of the row.
    pub fn makes(self, version: Option<Version>) -> Makes {
        Makes::Change {
            version,
            left: self.left,
            right: self.right,
        }
    }

    /// What a write of the whole value makes of the row.
    pub fn whole<M: Model>(value: &M, version: Option<Version>) -> Makes {
        let [left, right] = value.stamps().map(Some);
        Self { left, right }.makes(version)
    }
}
