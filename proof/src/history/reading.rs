use super::call::Face;
use super::contents::{Contents, Row, Stamp};

/// A read that may find an old state of a row: in a snapshot, on a replica, or on a node of Galera
/// with `wsrep_sync_wait = 0`. A read that finds the present state is a [`Call`](super::Call).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub session: u32,
    pub face: Face,
    pub name: &'static str,
    pub row: Row,
    /// How old the state may be: when the transaction of the snapshot began, in nanoseconds of the
    /// machine's monotonic clock. Of a replica 0: an epoch begins when the replicas have all that
    /// was written before.
    pub since: u64,
    pub began: u64,
    pub ended: u64,
    /// What was found. `None`: no row.
    pub found: Option<Contents>,
    /// Readings of one stream never go back: those of one session on one node. In one stream, a
    /// reading ends before the next one begins.
    pub stream: Option<u64>,
}

/// A write that was answered as not done: refused, rolled back, or failed with an error that says
/// so (a deadlock, a serialization failure). Its stamp is in no row.
///
/// What the answer shows of the row (it had another version) is a [`Call`](super::Call) beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub session: u32,
    /// The number of the operation. Calls of the same one may see the stamp: a transaction sees its
    /// own writes until it is rolled back.
    pub unit: u64,
    pub face: Face,
    pub name: &'static str,
    pub row: Row,
    pub began: u64,
    pub ended: u64,
    /// What the write would have written.
    pub stamp: Stamp,
}
