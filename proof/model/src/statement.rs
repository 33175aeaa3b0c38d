//! What a client sends to the database, and what comes back.

use crate::contents::{Contents, Fields, RowId};
use crate::token::Token;
use std::fmt;

/// A statement of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statement {
    /// `SELECT .. WHERE key = ?`: the row as it was last committed. It never waits.
    Read(RowId),
    /// `SELECT .. WHERE key = ? FOR UPDATE`: waits for all who write the row, or have asked to.
    ReadLocked(RowId),
    Write(Write),
    Begin,
    Commit,
    RollBack,
    /// `UPDATE leases SET fence = fence + 1, ..`: of a lease that nobody has, or by force of any.
    TakeLease {
        by_force: bool,
    },
    /// `SELECT .. FROM leases WHERE fence = ? AND expires_at > now FOR UPDATE`.
    LockLease {
        fence: u8,
    },
}

/// A statement that writes one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Write {
    pub row: RowId,
    pub condition: Condition,
    /// What the row becomes: nothing if it is deleted.
    pub makes: Option<Contents>,
    /// The fields that its author has seen. `None` if the author overwrites whatever is there, and
    /// says so.
    pub seen: Option<Fields>,
}

/// Which row a write matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The row of the key, if it has this version.
    Version(Token),
    /// The row of the key.
    Key,
    /// No row: an `INSERT`.
    Absent,
}

/// The answer to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    /// How many rows a write matched.
    Rows(u8),
    /// The row that was read, if there is one.
    Row(Option<Contents>),
    /// The fence of the lease that was taken, if nobody else has it.
    Fence(Option<u8>),
    Done,
}

// A client that gets the answer to another statement sees what its driver makes of it. A count of
// rows is no row, and rows are no count.
impl Reply {
    pub fn rows(self) -> u8 {
        match self {
            Self::Rows(rows) => rows,
            _ => 0,
        }
    }

    pub fn row(self) -> Option<Contents> {
        match self {
            Self::Row(row) => row,
            _ => None,
        }
    }

    pub fn fence(self) -> Option<u8> {
        match self {
            Self::Fence(fence) => fence,
            _ => None,
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(row) => write!(f, "SELECT {row}"),
            Self::ReadLocked(row) => write!(f, "SELECT {row} FOR UPDATE"),
            Self::Write(write) => write.fmt(f),
            Self::Begin => f.write_str("BEGIN"),
            Self::Commit => f.write_str("COMMIT"),
            Self::RollBack => f.write_str("ROLLBACK"),
            Self::TakeLease { by_force: false } => f.write_str("UPDATE lease, if it is free"),
            Self::TakeLease { by_force: true } => f.write_str("UPDATE lease, whoever has it"),
            Self::LockLease { fence } => write!(f, "SELECT lease WHERE fence = {fence}"),
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, .. } = self;
        match (self.makes, self.condition) {
            (None, _) => write!(f, "DELETE {row}")?,
            (Some(makes), Condition::Absent) => write!(f, "INSERT {row}: {makes}")?,
            (Some(makes), _) => write!(f, "UPDATE {row} SET {makes}")?,
        }
        match self.condition {
            Condition::Version(version) => write!(f, " WHERE version = {version}"),
            Condition::Key | Condition::Absent => Ok(()),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(1) => f.write_str("1 row"),
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Row(Some(row)) => row.fmt(f),
            Self::Row(None) => f.write_str("no row"),
            Self::Fence(Some(fence)) => write!(f, "fence {fence}"),
            Self::Fence(None) => f.write_str("another client has it"),
            Self::Done => f.write_str("ok"),
        }
    }
}
