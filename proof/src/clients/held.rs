//! What a client holds in memory between its steps.

use super::tables::{Model, Numbered, Timed, Unique};
use crate::history::Row;
use optlock::lease::Lease;
use std::collections::BTreeMap;

/// The values that were loaded, as they are stored, and the leases. Others write the rows in the meantime.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) numbered: BTreeMap<i32, Numbered>,
    pub(super) unique: BTreeMap<i32, Unique>,
    pub(super) timed: BTreeMap<i32, Timed>,
    pub(super) leases: BTreeMap<Row, Lease>,
}

/// A model that clients hold.
pub(super) trait Holds: Model {
    fn of(held: &mut Held) -> &mut BTreeMap<i32, Self>;
}

impl Holds for Numbered {
    fn of(held: &mut Held) -> &mut BTreeMap<i32, Self> {
        &mut held.numbered
    }
}

impl Holds for Unique {
    fn of(held: &mut Held) -> &mut BTreeMap<i32, Self> {
        &mut held.unique
    }
}

impl Holds for Timed {
    fn of(held: &mut Held) -> &mut BTreeMap<i32, Self> {
        &mut held.timed
    }
}
