//! What the clients did and saw: one [`Call`] for each row that an operation was about.

mod call;
mod contents;
mod lease;
pub(crate) mod names;
mod reading;

pub use call::{Call, Face, Makes, Requires};
pub use contents::{Contents, Row, Stamp, Version};
pub use lease::{LeaseAnswer, LeaseCall, LeaseKind, LeaseName, LossSeen};
pub use names::Name;
pub use reading::{Reading, Refused};

/// The calls of an epoch, on all rows, in no order.
///
/// An epoch begins and ends while nobody writes: each row was read under a lock, after the sessions
/// of all clients were gone. So the state of each row is known at both ends, and an unknown outcome
/// is one of this epoch alone.
#[derive(Debug, Clone, Default)]
pub struct Epoch {
    /// What was in each row when the epoch began. A row that is not named was not there.
    pub before: Vec<(Row, Contents)>,
    pub calls: Vec<Call>,
    /// Reads that may be old.
    pub readings: Vec<Reading>,
    /// Writes that were answered as not done.
    pub refused: Vec<Refused>,
    pub leases: Vec<LeaseCall>,
    /// Was the clock of a database set, or did the leases move to another clock? A lease then ends
    /// sooner or later than its holder knows.
    pub clock_stepped: bool,
    /// What was in each row at its end.
    pub after: Vec<(Row, Contents)>,
}
