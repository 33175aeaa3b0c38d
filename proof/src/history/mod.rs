//! What the clients did and saw: one [`Call`] for each row that an operation was about.

mod call;
mod contents;

pub use call::{Call, Face, Makes, Requires};
pub use contents::{Contents, Row, Stamp, Version};

/// The calls of an epoch, on all rows, in no order.
///
/// An epoch begins and ends while nobody writes: each row was read under a lock, after the sessions of all
/// clients were gone. So the state of each row is known at both ends, and an unknown outcome is one of this
/// epoch alone.
#[derive(Debug, Clone, Default)]
pub struct Epoch {
    /// What was in each row when the epoch began. A row that is not named was not there.
    pub before: Vec<(Row, Contents)>,
    pub calls: Vec<Call>,
    /// What was in each row at its end.
    pub after: Vec<(Row, Contents)>,
}
