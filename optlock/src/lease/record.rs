//! A row of the table of leases, and what it says of a lease.

use super::statements::VIEWS;
use super::status::{LeaseStatus, Viewer, Wish};
use super::time::{LeaseTime, between, time};
use crate::backend::LeaseColumns;
use crate::error::LeaseLoss;
use crate::statement::LeaseKey;
use std::time::Duration;

/// What was read of a row of the table of leases.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) table_name: String,
    pub(super) row_hash: String,
    row_text: String,
    pub(super) lease_id: String,
    pub(super) fence: i64,
    pub(super) owner: String,
    pub(super) holder: String,
    acquired_at: i64,
    expires_at: i64,
    ends_at: i64,
    stolen_from: String,
    wished_by: String,
    wished_at: i64,
    /// The database's clock when the row was read.
    now: i64,
}

impl From<LeaseColumns> for Record {
    fn from(columns: LeaseColumns) -> Self {
        let (table_name, row_hash, row_text, lease_id, fence, owner, holder, times) = columns;
        let (acquired_at, expires_at, ends_at, stolen_from, wished_by, wished_at, now) = times;
        Self {
            table_name,
            row_hash,
            row_text,
            lease_id,
            fence,
            owner,
            holder,
            acquired_at,
            expires_at,
            ends_at,
            stolen_from,
            wished_by,
            wished_at,
            now,
        }
    }
}

impl Record {
    /// Has anybody the lease, by the database's clock?
    pub(super) fn is_held(&self) -> bool {
        self.expires_at > self.now
    }

    /// How long the lease lasts.
    pub(super) fn remaining(&self) -> Duration {
        between(self.now, self.expires_at)
    }

    /// Is it the record of that acquisition, and has nobody ended it?
    pub(super) fn is_of(&self, lease: &LeaseKey) -> bool {
        self.lease_id == lease.lease_id && self.fence == lease.fence
    }

    /// The lease that is recorded, for this holder.
    pub(super) fn key_for(&self, holder: &str) -> LeaseKey {
        LeaseKey {
            table_name: self.table_name.clone(),
            row_hash: self.row_hash.clone(),
            lease_id: self.lease_id.clone(),
            holder: holder.to_owned(),
            fence: self.fence,
        }
    }

    /// Was the lease released?
    pub(super) fn is_released(&self, lease: &LeaseKey) -> bool {
        self.lease_id == lease.lease_id && self.fence > lease.fence
    }

    /// Why the holder of the lease has it no more, unless they have it.
    pub(super) fn loss(&self, lease: &LeaseKey) -> Option<LeaseLoss> {
        if self.lease_id != lease.lease_id {
            Some(if self.lease_id.is_empty() {
                LeaseLoss::Lapsed
            } else {
                LeaseLoss::TakenOver {
                    by: self.owner.clone(),
                    at: time(self.acquired_at),
                    // It was stolen from the one who had it before, with the fence before.
                    by_force: !self.stolen_from.is_empty() && self.fence == lease.fence + 1,
                }
            })
        } else if self.fence != lease.fence {
            Some(LeaseLoss::Lapsed)
        } else if self.holder != lease.holder {
            Some(LeaseLoss::NotHolder {
                holder: self.holder.clone(),
            })
        } else if !self.is_held() {
            Some(LeaseLoss::Lapsed)
        } else {
            None
        }
    }

    /// Has the lease less than half of the time left that it was just given, and could have more? Not at its cap.
    pub(super) fn is_shorter_than(&self, time: LeaseTime, lease: &LeaseKey) -> bool {
        self.is_of(lease)
            && self.holder == lease.holder
            && self.expires_at < self.ends_at
            && self.remaining() < time.ttl() / 2
    }

    /// The wish of somebody who waits for the lease.
    pub(super) fn wish(&self) -> Option<Wish> {
        (!self.wished_by.is_empty()).then(|| Wish {
            by: self.wished_by.clone(),
            at: time(self.wished_at),
        })
    }

    /// Who has the lease, if anybody has.
    pub(super) fn status(self) -> Option<LeaseStatus> {
        self.is_held().then(|| LeaseStatus {
            wish: self.wish(),
            since: time(self.acquired_at),
            until: time(self.expires_at),
            remaining: self.remaining(),
            ends: (self.ends_at != i64::MAX).then(|| time(self.ends_at)),
            stolen_from: Some(self.stolen_from).filter(|owner| !owner.is_empty()),
            row: self.row_text,
            table: self.table_name,
            owner: self.owner,
            holder: self.holder,
        })
    }

    /// Who looks at the row, if it is a record of that.
    pub(super) fn viewer(&self) -> Option<Viewer> {
        (self.lease_id == VIEWS).then(|| Viewer {
            who: self.owner.clone(),
            page: self.holder.clone(),
            since: time(self.acquired_at),
            until: time(self.expires_at),
        })
    }

    /// When the lease was acquired.
    pub(super) fn acquired_at(&self) -> std::time::SystemTime {
        time(self.acquired_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            table_name: "`contacts`".into(),
            row_hash: "hash".into(),
            row_text: "7".into(),
            lease_id: "a".into(),
            fence: 4,
            owner: "ann".into(),
            holder: "tab 1".into(),
            acquired_at: 10,
            expires_at: 30,
            ends_at: i64::MAX,
            stolen_from: String::new(),
            wished_by: String::new(),
            wished_at: 0,
            now: 20,
        }
    }

    fn lease() -> LeaseKey {
        LeaseKey {
            table_name: "`contacts`".into(),
            row_hash: "hash".into(),
            lease_id: "a".into(),
            holder: "tab 1".into(),
            fence: 4,
        }
    }

    #[test]
    fn the_record_says_who_has_the_lease() {
        assert_eq!(record().loss(&lease()), None);
        let lapsed = Some(LeaseLoss::Lapsed);
        let at_its_end = Record {
            expires_at: 20,
            ..record()
        };
        assert_eq!(at_its_end.loss(&lease()), lapsed);
        let released = Record {
            fence: 5,
            ..record()
        };
        assert_eq!(released.loss(&lease()), lapsed);
        assert!(released.is_released(&lease()) && !record().is_released(&lease()));
        let never_acquired = Record {
            lease_id: String::new(),
            ..record()
        };
        assert_eq!(never_acquired.loss(&lease()), lapsed);
        let page = Record {
            holder: "tab 2".into(),
            ..record()
        };
        let holder = "tab 2".to_owned();
        assert_eq!(page.loss(&lease()), Some(LeaseLoss::NotHolder { holder }));
    }

    #[test]
    fn a_lease_that_had_to_wait_for_its_end_is_too_short() {
        let time = LeaseTime::from(Duration::from_micros(20));
        // At 20, and so for another 10.
        assert!(!record().is_shorter_than(time, &lease()));
        let waited = Record {
            now: 21,
            ..record()
        };
        assert!(waited.is_shorter_than(time, &lease()));
        let over = Record {
            now: 40,
            ..record()
        };
        assert!(over.is_shorter_than(time, &lease()));
        let at_its_cap = Record {
            ends_at: 30,
            ..waited.clone()
        };
        assert!(!at_its_cap.is_shorter_than(time, &lease()));
        let of_another = Record {
            holder: "tab 2".into(),
            ..waited
        };
        assert!(!of_another.is_shorter_than(time, &lease()));
    }

    #[test]
    fn a_lease_of_another_id_was_taken_over_even_if_that_one_has_ended() {
        for expires_at in [30, 15] {
            let taken = Record {
                lease_id: "b".into(),
                owner: "bob".into(),
                expires_at,
                ..record()
            };
            let expected = LeaseLoss::TakenOver {
                by: "bob".into(),
                at: time(10),
                by_force: false,
            };
            assert_eq!(taken.loss(&lease()), Some(expected));
        }
        // After a purge the fence starts anew, and may be that of an old lease.
        let purged = Record {
            lease_id: "b".into(),
            fence: 4,
            ..record()
        };
        assert!(!purged.is_of(&lease()));
    }
}
