use super::call::Face;
use super::contents::Row;
use serde::{Deserialize, Serialize};

/// One call on the lease of a row, or a write of the row that asks for its lease. (Such a write is
/// a [`Call`](super::Call) as well.)
///
/// A call that failed without an effect, by a deadlock for example, is not recorded. A call on all
/// leases of an owner, or on all records, is one `LeaseCall` for each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseCall {
    pub session: u32,
    pub face: Face,
    /// The operation, for a reader: `acquire`, `save_leased`.
    pub name: &'static str,
    pub row: Row,
    /// Nanoseconds of the machine's monotonic clock.
    pub began: u64,
    /// When the answer was there. `None`: there was no answer, and the call can take effect at any
    /// later time.
    pub ended: Option<u64>,
    pub kind: LeaseKind,
    /// Who asks: the owner of the lease, or who wants to be. Of a purge: nobody, an empty text.
    pub owner: String,
    /// The lease that the call names, or that was acquired. `None`: an acquisition that was refused
    /// or had no answer, or a call on all leases.
    pub lease: Option<LeaseName>,
    pub answer: LeaseAnswer,
}

/// What tells one lease from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeaseName {
    /// The random id of the acquisition.
    pub id: String,
    pub fence: i64,
    /// The page.
    pub holder: String,
}

/// What a call does with leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseKind {
    /// Takes the lease if nobody has it. Its owner gets the lease that they have, on another page
    /// perhaps.
    Acquire,
    /// Takes the lease, whoever has it.
    Steal,
    /// Goes on with a lease by its token.
    Resume,
    Renew,
    Shorten,
    Release,
    /// Ends all leases of the owner.
    ReleaseAll,
    /// Removes the records of leases that have ended. The fence of a row starts anew after it.
    Purge,
    /// Writes or deletes the row if the lease is held, and keeps the lease.
    Write,
    /// Writes the row if the lease is held, and releases the lease.
    WriteAndRelease,
}

/// What the caller of a [`LeaseCall`] was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseAnswer {
    /// Nothing: [`ended`](LeaseCall::ended) is `None`.
    Unknown,
    /// The lease is held until this time of the machine's monotonic clock at least: the answer to
    /// an acquisition, a renewal, or a shortening that left some time. It is `Lease::remaining`,
    /// added to the time when the answer was there.
    Held { until: u64 },
    /// It was done: a write, a release, a purge, a shortening to nothing; or an acquisition that
    /// was given back at once, because the version had changed.
    Done,
    /// Another owner has the lease that was to be acquired.
    HeldBy { owner: String },
    /// The lease is lost: nothing was done.
    Lost(LossSeen),
}

/// Why a lease is lost, as the holder was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LossSeen {
    /// It has expired, or was released.
    Lapsed,
    /// Another client has acquired the lease, or had.
    TakenOver { by: String },
    /// Its owner has it on another page.
    NotHolder,
}
