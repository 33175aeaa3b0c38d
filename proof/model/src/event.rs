//! What happens in one step: for those who judge it, and for those who read it.

use crate::contents::{ClientId, Edit, RowId};
use crate::statement::{Reply, Statement};
use std::fmt;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A statement reached the server.
    Sent(Statement),
    /// The client got this answer.
    Answered(Reply),
    /// The statement waits in the server for a lock, and nobody waits for its answer.
    Left,
    Committed(Committed),
    /// A write landed whose answer nobody waited for.
    Landed {
        by: ClientId,
        row: RowId,
        /// The client had been told that it had not.
        was_denied: bool,
    },
    LeaseTaken {
        before: u8,
        fence: u8,
    },
    /// A client was told that it holds the lease.
    LeaseLocked {
        /// Its time was over.
        is_expired: bool,
    },
    Ended(Ended),
}

/// What a client wrote is in the row for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    pub by: ClientId,
    pub row: RowId,
    /// The author had not seen what was there before, and has not said that it is to be
    /// overwritten.
    pub replaced_unseen: bool,
}

/// An operation returned, or its future was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub by: ClientId,
    pub end: End,
    /// The rows that the operation was to write, or asked for, and with which edit.
    pub rows: Vec<RowId>,
    pub edit: Option<Edit>,
    /// The values in memory are what they were when the operation was called.
    pub keeps_memory: bool,
}

/// How an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    Loaded,
    Saved,
    /// Another client has changed the row, or deleted it.
    Conflict(RowId),
    /// Both have changed one field.
    FieldConflict(RowId),
    /// The row has the expected version, and was not written; or it is there already.
    Refused,
    /// The body of the transaction returned an error of its own.
    RolledBack,
    /// A lock was waited for too long, or the connection was lost before the COMMIT: nothing has
    /// landed.
    Failed,
    /// No answer came to a write.
    Unknown,
    /// The connection was given up: nothing was sent.
    ConnectionBroken,
    Acquired,
    LeaseHeld,
    LeaseLost,
    Resolved(Resolved),
}

/// What became of a write whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolved {
    /// It is in the row.
    Landed,
    /// The row has the version that the write expects.
    NotLanded,
    /// Another client has written the row since, or deleted it.
    Changed,
}

impl Event {
    /// Is it for the judge alone, and not for a reader?
    pub fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::Committed(_) | Self::LeaseTaken { .. } | Self::LeaseLocked { .. }
        )
    }
}

impl End {
    /// Does it tell the client that nothing was written?
    pub fn denies(self) -> bool {
        match self {
            Self::Conflict(_)
            | Self::FieldConflict(_)
            | Self::Refused
            | Self::RolledBack
            | Self::Failed
            | Self::LeaseLost
            | Self::Resolved(Resolved::NotLanded) => true,
            Self::Loaded
            | Self::Saved
            | Self::Unknown
            | Self::ConnectionBroken
            | Self::Acquired
            | Self::LeaseHeld
            | Self::Resolved(Resolved::Landed | Resolved::Changed) => false,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(statement) => statement.fmt(f),
            Self::Answered(reply) => write!(f, "-> {reply}"),
            Self::Left => f.write_str("-> waits"),
            Self::Landed { by, row, .. } => write!(f, "=> the write of {by} lands in {row}"),
            Self::Ended(ended) => write!(f, "=> {}", ended.end),
            Self::Committed(_) | Self::LeaseTaken { .. } | Self::LeaseLocked { .. } => Ok(()),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loaded => f.write_str("loaded"),
            Self::Saved => f.write_str("saved"),
            Self::Conflict(row) => write!(f, "conflict at {row}"),
            Self::FieldConflict(row) => write!(f, "both have changed a field of {row}"),
            Self::Refused => f.write_str("refused"),
            Self::RolledBack => f.write_str("rolled back"),
            Self::Failed => f.write_str("failed"),
            Self::Unknown => f.write_str("outcome unknown"),
            Self::ConnectionBroken => {
                f.write_str("refused, the connection is broken; another one is taken")
            }
            Self::Acquired => f.write_str("acquired"),
            Self::LeaseHeld => f.write_str("another client has the lease"),
            Self::LeaseLost => f.write_str("the lease is lost"),
            Self::Resolved(Resolved::Landed) => f.write_str("it has landed"),
            Self::Resolved(Resolved::NotLanded) => f.write_str("it has not landed"),
            Self::Resolved(Resolved::Changed) => f.write_str("the row was changed since"),
        }
    }
}
