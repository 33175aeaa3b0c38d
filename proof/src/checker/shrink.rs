//! Makes a history that has no order shorter, so that a person can read it.
//!
//! A shorter history is a proof only if it has an order whenever the whole one has: then, if it has
//! none, the whole one has none either. To drop a write is no such change, because what comes later
//! may need it. These are:
//!
//! - **To cut the end off at a time.** Of an order of the whole, what comes before the first call
//!   that began later is an order of the rest. All calls that had ended are in it; those that had
//!   not may or may not be, and so become calls without an answer. What was found at the end is not
//!   known any more.
//! - **To cut the beginning off at a call behind which the row is known.** Of an order of the
//!   whole, what comes behind this call is an order of the rest. Calls that overlap it may be on
//!   either side, and so become calls without an answer, as those without an answer remain.
//! - **To drop a read or a refusal**, which leave the row as it is: one condition less.
//! - **To drop a call without an answer that the search never chose**: without it the search, which
//!   has tried all that is possible, is the same.

use super::row::{After, RowHistory, Step};
use super::search::{Stuck, search};
use crate::history::{Contents, Makes, Requires};

/// Shortens a history that has no order, and returns why the short one has none.
pub(super) fn shrink(history: &RowHistory, stuck: Stuck) -> (RowHistory, Stuck) {
    let mut shortest = Shortest {
        history: history.clone(),
        stuck,
    };
    shortest.cut_end();
    shortest.cut_beginning();
    shortest.drop_reads();
    shortest.drop_unused();
    (shortest.history, shortest.stuck)
}

/// The shortest history so far that has no order.
struct Shortest {
    history: RowHistory,
    stuck: Stuck,
}

/// How many places are tried for a cut of the beginning.
const PLACES: usize = 200;

impl Shortest {
    /// Takes a shorter history, if it has no order either.
    fn take(&mut self, history: RowHistory) -> bool {
        match search(&history).stuck {
            Some(stuck) => {
                *self = Self { history, stuck };
                true
            }
            None => false,
        }
    }

    /// If a history is wrong up to some time, it is up to each later one: so the first is found by
    /// halving.
    fn cut_end(&mut self) {
        let whole = self.history.clone();
        let mut times: Vec<_> = whole.steps.iter().filter_map(|step| step.by).collect();
        times.sort_unstable();
        times.dedup();
        let (mut right, mut wrong) = (0, times.len());
        while right < wrong {
            let middle = right.midpoint(wrong);
            if self.take(until(&whole, times[middle])) {
                wrong = middle;
            } else {
                right = middle + 1;
            }
        }
    }

    fn cut_beginning(&mut self) {
        let whole = self.history.clone();
        let mut places: Vec<_> = whole
            .steps
            .iter()
            .filter_map(|step| Some((step.by?, step, known_behind(step)?)))
            .collect();
        places.sort_by_key(|(by, ..)| std::cmp::Reverse(*by));
        for (by, step, contents) in places.into_iter().take(PLACES) {
            if self.take(since(&whole, step, by, contents)) {
                return;
            }
        }
    }

    /// Drops reads, many at once while that is possible.
    fn drop_reads(&mut self) {
        let mut many = self.history.steps.len();
        while many > 0 {
            let mut from = 0;
            while from < self.history.steps.len() {
                let mut shorter = self.history.clone();
                let mut index = 0;
                shorter.steps.retain(|step| {
                    let is_in_part = (from..from + many).contains(&index);
                    index += 1;
                    !(is_in_part && step.only_reads())
                });
                let is_shorter = shorter.steps.len() < self.history.steps.len();
                if !is_shorter || !self.take(shorter) {
                    from += many;
                }
            }
            many /= 2;
        }
    }

    fn drop_unused(&mut self) {
        let mut shorter = self.history.clone();
        let mut index = 0;
        shorter.steps.retain(|step| {
            let is_used = step.by.is_some() || self.stuck.tried.contains(&index);
            index += 1;
            is_used
        });
        if shorter.steps.len() < self.history.steps.len() {
            self.take(shorter);
        }
    }
}

/// What happened until this time.
pub(super) fn until(whole: &RowHistory, time: u64) -> RowHistory {
    let begun = whole.steps.iter().filter(|step| step.from <= time);
    let steps = begun.map(|step| Step {
        by: step.by.filter(|by| *by <= time),
        ..step.clone()
    });
    RowHistory {
        steps: steps.collect(),
        after: After::Unknown,
        before: whole.before.clone(),
        row: whole.row,
    }
}

/// What happened behind this step, which took effect by this time and left these contents.
pub(super) fn since(
    whole: &RowHistory,
    place: &Step,
    time: u64,
    contents: Option<Contents>,
) -> RowHistory {
    let mut steps = Vec::new();
    for step in &whole.steps {
        let is_behind = step.from > time;
        let may_be_behind = !step.is_before(place);
        if is_behind || (may_be_behind && !std::ptr::eq(step, place)) {
            steps.push(Step {
                by: step.by.filter(|_| is_behind),
                ..step.clone()
            });
        }
    }
    RowHistory {
        steps,
        before: contents,
        after: whole.after.clone(),
        row: whole.row,
    }
}

/// What is in the row right behind the step, if that is known: `Some(None)` is no row.
pub(super) fn known_behind(step: &Step) -> Option<Option<Contents>> {
    let call = &step.call;
    if let Some(contents) = &call.leaves {
        return Some(Some(contents.clone()));
    }
    match (&call.makes, &call.requires) {
        (Makes::Contents(contents), _) => Some(Some(contents.clone())),
        (Makes::Absent, _) | (Makes::Nothing, Requires::Absent) => Some(None),
        (Makes::Nothing, Requires::Contents(contents)) => Some(Some(contents.clone())),
        _ => None,
    }
}
