//! What a client can call.

use crate::contents::{Field, RowId};
use crate::unit::Order;
use std::fmt;

/// An operation. But for a merge, each edits the left field of what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Load(RowId),
    Save(RowId),
    Force(RowId),
    Merge(RowId, Field),
    Delete(RowId),
    Insert(RowId),
    /// A transaction that saves these rows. Its body then returns `Ok`, or an error of its own.
    Transaction(Order, bool),
    /// A batch of these rows.
    Batch(Order),
    Acquire {
        by_force: bool,
    },
    SaveLeased,
    /// Asks what became of the write whose answer was lost.
    Resolve,
}

impl Operation {
    /// Is it about none but the first rows?
    pub fn fits(self, rows: u8) -> bool {
        match self {
            Self::Load(row)
            | Self::Save(row)
            | Self::Force(row)
            | Self::Merge(row, _)
            | Self::Delete(row)
            | Self::Insert(row) => row.0 < rows,
            Self::Transaction(order, _) | Self::Batch(order) => {
                order.rows().iter().all(|row| row.0 < rows)
            }
            Self::Acquire { .. } | Self::SaveLeased | Self::Resolve => true,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Load(_) => "load",
            Self::Save(_) => "save_checked",
            Self::Force(_) => "force_save",
            Self::Merge(..) => "save_merged",
            Self::Delete(_) => "delete_checked",
            Self::Insert(_) => "insert",
            Self::Transaction(_, true) => "transaction",
            Self::Transaction(_, false) => "transaction that returns an error",
            Self::Batch(_) => "save_all_checked",
            Self::Acquire { by_force: false } => "acquire",
            Self::Acquire { by_force: true } => "steal",
            Self::SaveLeased => "save_leased",
            Self::Resolve => "resolve",
        })
    }
}
