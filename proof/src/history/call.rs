use super::contents::{Contents, Row, Stamp, Version};
use serde::{Deserialize, Serialize};

/// One call of a client, as far as it is about one row.
///
/// A call on several rows (a batch, a transaction) is one `Call` for each of them, with one [`unit`](Self::unit).
/// A call that does two things one after another (a conflict: the write that matched no row, then the read
/// that found another version) is two calls with the times of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The session that made the call. A client whose call had an unknown outcome goes on as another one: the
    /// call can still take effect at any time until the epoch ends.
    pub session: u32,
    /// The number of the operation: all that was to happen together.
    pub unit: u64,
    pub face: Face,
    /// The operation, for a reader: `save_checked`, `save_all_checked (rolled back)`.
    pub name: &'static str,
    pub row: Row,
    /// Nanoseconds of the machine's monotonic clock.
    pub began: u64,
    /// When the answer was there. `None`: there was no answer, so that the call may have taken effect, may take
    /// effect later, or never.
    pub ended: Option<u64>,
    /// What has to hold of the row at the moment when the call takes effect.
    pub requires: Requires,
    /// What the call makes of the row at this moment.
    pub makes: Makes,
    /// What the caller knows to be in the row right behind it.
    pub leaves: Option<Contents>,
}

/// The connection that a call went through: a blocking one, or one of diesel-async.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Face {
    Blocking,
    Waiting,
}

/// What has to hold of a row when a call takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Requires {
    /// Nothing. A call that was rolled back and saw nothing is not recorded at all.
    Nothing,
    /// The row is there.
    Present,
    /// There is no row.
    Absent,
    /// The row has this version.
    Version(Version),
    /// The row is there and has another version, or is not there: a write that expected this version matched
    /// nothing.
    NotVersion(Version),
    /// The row is there, and these columns hold this. What is `None` holds anything.
    Columns {
        left: Option<Stamp>,
        right: Option<Stamp>,
    },
    /// The row holds just this.
    Contents(Contents),
}

/// What a call makes of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Makes {
    /// The call only read, or was refused.
    Nothing,
    /// The row is deleted.
    Absent,
    /// The row is inserted, or written whole.
    Contents(Contents),
    /// Columns of the row are written. One that is `None` is left as it is.
    Change {
        /// The version that the row gets. `None`: one that the caller does not know, because there was no answer. A
        /// number is then the next one, and of a token nothing is known but that no other write has it.
        version: Option<Version>,
        left: Option<Stamp>,
        right: Option<Stamp>,
    },
}
