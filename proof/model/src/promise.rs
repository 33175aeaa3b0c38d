//! The promise, as a judge of what has happened.
//!
//! The clients and the database do not know of it. Each event that a step has made is judged once,
//! right after it.

use crate::client::Doing;
use crate::event::{End, Ended, Event, Resolved};
use crate::state::State;
use crate::unit::Kind;
use std::fmt;

/// A sentence of the promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Promise {
    /// No checked write replaces contents that its author had not seen.
    NoLostUpdate,
    /// A checked write is refused only if another client has changed or deleted the row since it
    /// was read. The exception is a write of one's own whose outcome is unknown.
    NoFalseConflict,
    /// After a call that did not succeed the values in memory are what they were before it.
    NothingLost,
    /// What was reported as saved is in the row, and what was refused is not, and does not come in
    /// later.
    TrueAnswers,
    /// Who has lost a lease, to time or to another client, writes nothing under it.
    NoLateHolder,
    /// Each acquisition of a lease has a higher fence than those before.
    FenceGrows,
    /// Of a transaction or a batch all rows are written, or none.
    AllOrNone,
}

impl Promise {
    pub const ALL: [Self; 7] = [
        Self::NoLostUpdate,
        Self::NoFalseConflict,
        Self::NothingLost,
        Self::TrueAnswers,
        Self::NoLateHolder,
        Self::FenceGrows,
        Self::AllOrNone,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NoLostUpdate => "no lost update",
            Self::NoFalseConflict => "no false conflict",
            Self::NothingLost => "nothing lost in memory",
            Self::TrueAnswers => "answers are true",
            Self::NoLateHolder => "no late holder writes",
            Self::FenceGrows => "the fence only grows",
            Self::AllOrNone => "all or none",
        }
    }

    /// Does the event break this promise? The state is the one right behind the event.
    pub fn is_broken_by(self, event: &Event, state: &State) -> bool {
        match (self, event) {
            (Self::NoLostUpdate, Event::Committed(committed)) => committed.replaced_unseen,
            (Self::NoLateHolder, Event::Committed(committed)) => {
                let by = committed.by;
                is_leased(&state.client(by).doing) && state.database.lease.holder != Some(by)
            }
            (Self::NoLateHolder, Event::LeaseLocked { is_expired }) => *is_expired,
            (Self::FenceGrows, Event::LeaseTaken { before, fence }) => fence <= before,
            (Self::TrueAnswers, Event::Landed { was_denied, .. }) => *was_denied,
            (_, Event::Ended(ended)) => self.is_broken_by_end(ended, state),
            _ => false,
        }
    }

    fn is_broken_by_end(self, ended: &Ended, state: &State) -> bool {
        let Ended { by, end, rows, .. } = ended;
        match (self, end) {
            (Self::NoFalseConflict, End::Conflict(row) | End::FieldConflict(row)) => {
                let doubt = state.client(*by).doubts[usize::from(row.0)];
                !doubt.is_overtaken && !doubt.has_lost_own
            }
            (Self::NothingLost, End::Loaded | End::Saved | End::Resolved(_)) => false,
            (Self::NothingLost, _) => !ended.keeps_memory,
            (Self::TrueAnswers, End::Saved) => rows.iter().any(|row| {
                let memory = state.client(*by).memory[usize::from(row.0)];
                state.database.committed(*row) != memory.map(|memory| memory.contents)
            }),
            (Self::TrueAnswers, End::Resolved(Resolved::Landed)) => {
                count_written(ended, state) == 0
            }
            (Self::TrueAnswers, end) => end.denies() && count_written(ended, state) > 0,
            (Self::AllOrNone, _) => {
                let written = count_written(ended, state);
                written != 0 && written != rows.len()
            }
            _ => false,
        }
    }
}

fn is_leased(doing: &Doing) -> bool {
    matches!(doing, Doing::Unit(unit) if matches!(unit.kind, Kind::Leased { .. }))
}

/// How many of the rows of an operation have its edit.
fn count_written(ended: &Ended, state: &State) -> usize {
    let Some(edit) = ended.edit else { return 0 };
    let written = ended.rows.iter().filter(|row| {
        let committed = state.database.committed(**row);
        committed.is_some_and(|contents| contents.fields.contains(&edit))
    });
    written.count()
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Promises(u8);

impl Promises {
    /// Those that the events break.
    pub fn broken_by(events: &[Event], state: &State) -> Self {
        let mut broken = Self::default();
        for promise in Promise::ALL {
            if events
                .iter()
                .any(|event| promise.is_broken_by(event, state))
            {
                broken.0 |= 1 << promise as u8;
            }
        }
        broken
    }

    pub fn contains(self, promise: Promise) -> bool {
        self.0 & (1 << promise as u8) != 0
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
