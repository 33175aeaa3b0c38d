//! The rules of leases, by what their holders were told.
//!
//! A holder knows until when the lease lasts at least, by a clock of its own that is counted from
//! before the question was sent. While it lasts nobody else is told that they have it, unless a
//! call has ended it: a theft, a release, a logout, a shortening. Each of those counts from when it
//! began, and for ever if it had no answer.

use super::table::{Line, Table};
use super::violation::{Rule, Violation};
use crate::history::{Epoch, LeaseAnswer, LeaseCall, LeaseKind, LeaseName, LossSeen, Row};
use std::collections::BTreeMap;

/// Checks the leases of all rows.
pub(super) fn check(epoch: &Epoch) -> Result<(), Violation> {
    let mut rows = BTreeMap::<Row, Vec<&LeaseCall>>::new();
    for call in &epoch.leases {
        rows.entry(call.row).or_default().push(call);
    }
    for (row, mut calls) in rows {
        calls.sort_by_key(|call| call.began);
        let leases = Leases { row, calls };
        leases.fence_grows(epoch.clock_stepped)?;
        leases.no_late_holder(epoch.clock_stepped)?;
        // By another clock a lease ends sooner or later than its holder knows.
        if !epoch.clock_stepped {
            leases.one_holder()?;
            leases.last_as_long_as_known()?;
        }
    }
    Ok(())
}

/// The writes that were done under a lease which another client was told to have before they were answered. Each took
/// effect before that, because the record of the lease is locked to the end of the write.
pub(super) fn overtaken(epoch: &Epoch) -> Vec<Overtaken> {
    let takeovers = |write: &LeaseCall| {
        let (row, lease) = (write.row, write.lease.clone());
        epoch.leases.iter().filter(move |call| {
            let acquires = matches!(call.kind, LeaseKind::Acquire | LeaseKind::Steal);
            let is_held = matches!(call.answer, LeaseAnswer::Held { .. });
            let is_newer = |own: &LeaseName| {
                let other = call.lease.as_ref();
                other.is_some_and(|other| other.id != own.id && other.fence > own.fence)
            };
            call.row == row && acquires && is_held && lease.as_ref().is_some_and(is_newer)
        })
    };
    let is_purged = |row| {
        let mut calls = epoch.leases.iter();
        calls.any(|call| call.row == row && call.kind == LeaseKind::Purge)
    };
    let writes = epoch
        .leases
        .iter()
        .filter(|call| is_write(call) && call.answer == LeaseAnswer::Done && !is_purged(call.row));
    writes
        .filter_map(|write| {
            let by = takeovers(write).filter_map(|call| call.ended).min()?;
            (Some(by) < write.ended && by >= write.began).then_some(Overtaken {
                row: write.row,
                session: write.session,
                began: write.began,
                by,
            })
        })
        .collect()
}

/// A write that took effect earlier than it was answered.
pub(super) struct Overtaken {
    pub(super) row: Row,
    pub(super) session: u32,
    pub(super) began: u64,
    pub(super) by: u64,
}

fn is_write(call: &LeaseCall) -> bool {
    matches!(call.kind, LeaseKind::Write | LeaseKind::WriteAndRelease)
}

/// The calls on the leases of one row, in the order in which they began.
struct Leases<'e> {
    row: Row,
    calls: Vec<&'e LeaseCall>,
}

/// A time in which a holder knew that the lease was held.
struct Known<'e> {
    lease: &'e LeaseName,
    /// The call that was answered so.
    call: &'e LeaseCall,
    from: u64,
    to: u64,
}

/// Had the first call ended before the second one began?
fn is_before(first: &LeaseCall, second: &LeaseCall) -> bool {
    first.ended.is_some_and(|ended| ended < second.began)
}

fn names(call: &LeaseCall, id: &str) -> bool {
    call.lease.as_ref().is_some_and(|lease| lease.id == id)
}

impl<'e> Leases<'e> {
    /// The acquisitions that were answered, each with its lease.
    fn acquired(&self) -> impl Iterator<Item = (&'e LeaseCall, &'e LeaseName)> {
        self.calls.iter().filter_map(|call| {
            let acquires = matches!(call.kind, LeaseKind::Acquire | LeaseKind::Steal);
            let is_held = matches!(call.answer, LeaseAnswer::Held { .. });
            let lease = call.lease.as_ref().filter(|_| acquires && is_held)?;
            Some((*call, lease))
        })
    }

    /// May the records have been purged between the two calls? The fence then starts anew.
    fn may_be_purged(&self, first: &LeaseCall, second: &LeaseCall) -> bool {
        self.calls.iter().any(|call| {
            call.kind == LeaseKind::Purge && !is_before(call, first) && !is_before(second, call)
        })
    }

    /// A lease that is released while the clock is ahead is held again when the clock is right, with the fence of the
    /// release.
    fn fence_grows(&self, clock_stepped: bool) -> Result<(), Violation> {
        let mut fences = BTreeMap::<&str, (&LeaseCall, i64)>::new();
        for call in &self.calls {
            let Some(lease) = &call.lease else { continue };
            let (first, fence) = *fences.entry(&lease.id).or_insert((call, lease.fence));
            if fence != lease.fence && !clock_stepped {
                let sentence = format!(
                    "lease {} has the fences {fence} and {}",
                    lease.id, lease.fence
                );
                return Err(self.violation(Rule::FenceGrows, sentence, &[first, call]));
            }
        }
        for (later, new) in self.acquired() {
            for (earlier, old) in self.acquired() {
                let is_wrong = old.id != new.id
                    && is_before(earlier, later)
                    && old.fence >= new.fence
                    && !self.may_be_purged(earlier, later);
                if is_wrong {
                    let sentence = format!(
                        "the fence fell: lease {} was acquired with {}, and later lease {} with {}",
                        old.id, old.fence, new.id, new.fence
                    );
                    return Err(self.violation(Rule::FenceGrows, sentence, &[earlier, later]));
                }
            }
        }
        Ok(())
    }

    /// The calls that may end this lease before its time, if they take effect behind the given one.
    fn may_end<'a>(
        &'a self,
        lease: &'a LeaseName,
        known: &'a LeaseCall,
    ) -> impl Iterator<Item = &'e LeaseCall> + 'a {
        let ends = move |call: &&&LeaseCall| {
            let is_named = names(call, &lease.id);
            let ends = match call.kind {
                LeaseKind::Steal => !is_named,
                LeaseKind::Release | LeaseKind::WriteAndRelease | LeaseKind::Shorten => is_named,
                LeaseKind::ReleaseAll => call.owner == known.owner,
                _ => false,
            };
            ends && !std::ptr::eq(**call, known) && !is_before(call, known)
        };
        self.calls.iter().filter(ends).copied()
    }

    /// All times in which a holder knew that it was held.
    fn known(&self) -> Vec<Known<'e>> {
        let mut known = Vec::new();
        for call in &self.calls {
            let (Some(lease), Some(from), LeaseAnswer::Held { until }) =
                (&call.lease, call.ended, &call.answer)
            else {
                continue;
            };
            let ended = self.may_end(lease, call).map(|ending| ending.began);
            let told = self.calls.iter().filter_map(|other| {
                let is_told = names(other, &lease.id) && !is_before(other, call);
                let is_lost = matches!(other.answer, LeaseAnswer::Lost(_));
                other.ended.filter(|_| is_told && is_lost)
            });
            let to = ended.chain(told).fold(*until, u64::min);
            if from < to {
                known.push(Known {
                    lease,
                    call,
                    from,
                    to,
                });
            }
        }
        known.sort_by_key(|known| known.from);
        known
    }

    fn one_holder(&self) -> Result<(), Violation> {
        let known = self.known();
        for (index, one) in known.iter().enumerate() {
            let overlapping = known[index + 1..]
                .iter()
                .take_while(|other| other.from < one.to);
            for other in overlapping {
                if other.lease.id != one.lease.id {
                    let sentence = format!(
                        "two clients have the lease at one time: {} was told that it is held, and {} µs before this \
                         is over {} as well",
                        one.call.owner,
                        (one.to - other.from) / 1_000,
                        other.call.owner
                    );
                    return Err(self.violation(Rule::OneHolder, sentence, &[one.call, other.call]));
                }
            }
        }
        Ok(())
    }

    /// A write that asks for a lease is not done when the lease is over.
    fn no_late_holder(&self, clock_stepped: bool) -> Result<(), Violation> {
        let writes = self
            .calls
            .iter()
            .filter(|call| is_write(call) && call.answer == LeaseAnswer::Done);
        for write in writes {
            let Some(lease) = &write.lease else { continue };
            let over = self.calls.iter().find(|call| {
                is_before(call, write) && self.is_over_behind(lease, write, call, clock_stepped)
            });
            if let Some(over) = over {
                let sentence = format!(
                    "{} of {} was done under lease {}, which was over before the write began",
                    write.name, write.owner, lease.id
                );
                return Err(self.violation(Rule::LateHolder, sentence, &[over, write]));
            }
        }
        Ok(())
    }

    /// Is the lease surely over behind this call, and for good?
    fn is_over_behind(
        &self,
        lease: &LeaseName,
        write: &LeaseCall,
        call: &LeaseCall,
        clock_stepped: bool,
    ) -> bool {
        let acquired = self.acquired().find(|(_, own)| own.id == lease.id);
        let is_behind_acquisition = acquired.is_some_and(|(own, _)| is_before(own, call));
        let is_named = names(call, &lease.id);
        // A lease that was released while the clock was ahead is held again when the clock is right.
        let is_older = call
            .lease
            .as_ref()
            .is_some_and(|own| own.fence < lease.fence);
        if clock_stepped && is_named && is_older {
            return false;
        }
        match (call.kind, &call.answer) {
            (LeaseKind::Acquire | LeaseKind::Steal, LeaseAnswer::Held { .. }) => {
                let has_later_fence = call
                    .lease
                    .as_ref()
                    .is_some_and(|other| other.fence > lease.fence);
                let is_purged = self.calls.iter().any(|call| call.kind == LeaseKind::Purge);
                !is_named && (is_behind_acquisition || (has_later_fence && !is_purged))
            }
            (LeaseKind::Release | LeaseKind::WriteAndRelease, LeaseAnswer::Done) => is_named,
            (LeaseKind::ReleaseAll, LeaseAnswer::Done) => {
                call.owner == write.owner && is_behind_acquisition
            }
            (_, LeaseAnswer::Lost(LossSeen::TakenOver { .. })) => is_named,
            // A renewal that had to wait for a lock may hold a lease for which another call came
            // too late.
            (_, LeaseAnswer::Lost(LossSeen::Lapsed)) => {
                let is_held_again = self.calls.iter().any(|other| {
                    names(other, &lease.id)
                        && matches!(
                            other.answer,
                            LeaseAnswer::Held { .. } | LeaseAnswer::Unknown
                        )
                        && !is_before(other, call)
                });
                is_named && !is_held_again && !clock_stepped
            }
            _ => false,
        }
    }

    /// Nobody is told that a lease is lost while it is known to be held, unless a call has ended
    /// it.
    fn last_as_long_as_known(&self) -> Result<(), Violation> {
        for told in &self.calls {
            let (Some(lease), Some(ended), LeaseAnswer::Lost(loss)) =
                (&told.lease, told.ended, &told.answer)
            else {
                continue;
            };
            // Its owner may have gone on with it on another page.
            let has_moved = |held: &LeaseCall| {
                *loss == LossSeen::NotHolder
                    && self.calls.iter().any(|call| {
                        call.kind == LeaseKind::Acquire
                            && !std::ptr::eq(*call, held)
                            && call.owner == held.owner
                            && !is_before(call, held)
                            && !is_before(told, call)
                    })
            };
            let held = self.calls.iter().find(|held| {
                let is_same = held.lease.as_ref() == Some(lease) && is_before(held, told);
                let is_held = matches!(held.answer, LeaseAnswer::Held { until } if ended < until);
                is_same
                    && is_held
                    && self.may_end(lease, held).all(|call| is_before(told, call))
                    && !has_moved(held)
            });
            if let Some(held) = held {
                let sentence = format!(
                    "{} of {} was told that lease {} is lost, before its time was over and though nobody ended it",
                    told.name, told.owner, lease.id
                );
                return Err(self.violation(Rule::LeaseLasts, sentence, &[held, told]));
            }
        }
        Ok(())
    }

    fn violation(&self, rule: Rule, sentence: String, calls: &[&LeaseCall]) -> Violation {
        let lines = calls.iter().map(|call| Line::from(*call)).collect();
        Violation::new(rule, self.row, sentence, Table::of_leases(lines))
    }
}
