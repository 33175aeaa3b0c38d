//! What others see of a lease.

use super::record::Record;
use std::time::{Duration, SystemTime};

/// Who has a lease. All times are of the database's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseStatus {
    /// The table of the leased row, with its schema, as the database quotes them.
    pub table: String,
    /// The key of the leased row ([`key_text`](crate::key_text())), or its first 255 characters.
    pub row: String,
    /// The person who has the lease.
    pub owner: String,
    /// The page or process that has it.
    pub holder: String,
    /// When it was acquired.
    pub since: SystemTime,
    /// When it expires, unless it is renewed.
    pub until: SystemTime,
    /// The time until then, when the database was asked.
    pub remaining: Duration,
    /// The [cap](super::LeaseTime::at_most): when it ends, whoever renews it.
    pub ends: Option<SystemTime>,
    /// Who had the lease before, if it was [stolen](crate::LeaseDsl::steal).
    pub stolen_from: Option<String>,
    /// Who waits for it.
    pub wish: Option<Wish>,
}

/// Who edits a row, and who looks at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowStatus {
    /// Who has the lease of the row, if anybody has.
    pub lease: Option<LeaseStatus>,
    /// Who looks at the row, the one first who has been there for the longest time. Who has the lease is among them only
    /// if they said so.
    pub viewers: Vec<Viewer>,
}

impl RowStatus {
    /// Adds one of the row's records.
    pub(super) fn add(&mut self, record: Record) {
        match record.viewer() {
            Some(viewer) => self.viewers.push(viewer),
            None => self.lease = record.status(),
        }
    }

    /// Sorts the viewers, once all records are added.
    pub(super) fn sort(&mut self) {
        self.viewers.sort();
    }
}

/// A person looks at a row, on a page: [`viewing`](crate::LeasedDsl::viewing). All times are of the database's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Viewer {
    /// Since when, without a pause.
    pub since: SystemTime,
    /// The person.
    pub who: String,
    /// The page or process.
    pub page: String,
    /// When it ends, unless the page says so again.
    pub until: SystemTime,
}

/// Somebody waits for a lease: left by [`ask_for_lease`](crate::LeasedDsl::ask_for_lease), and shown to the holder by the next renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wish {
    /// Who.
    pub by: String,
    /// Since when, by the database's clock.
    pub at: SystemTime,
}
