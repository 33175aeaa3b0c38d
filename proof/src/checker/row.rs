//! The history of one row, in the form that is searched, shrunk and printed.

use crate::history::{Call, Contents, Makes, Requires, Row};

/// What the clients did to one row, between two states that are known.
#[derive(Debug, Clone)]
pub(super) struct RowHistory {
    pub(super) row: Row,
    pub(super) before: Option<Contents>,
    pub(super) steps: Vec<Step>,
    pub(super) after: After,
}

/// What is known of the end of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum After {
    Row(Option<Contents>),
    /// The history was cut: nothing is known.
    Unknown,
}

/// A call, and the time in which it takes effect.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) call: Call,
    /// It takes effect at this time or later: when it began, or of a read that may be old how old
    /// the state may be.
    pub(super) from: u64,
    /// It has taken effect by this time. `None`: it need not take effect at all.
    pub(super) by: Option<u64>,
    /// Steps of one stream take effect in the order in which they ended.
    pub(super) stream: Option<u64>,
    /// Another row that the operation wrote.
    pub(super) beside: Option<Row>,
    pub(super) landed: Option<Landed>,
}

/// How it is known that a call without an answer took effect.
#[derive(Debug, Clone)]
pub(super) struct Landed {
    /// The row in which another client saw what the operation wrote.
    pub(super) row: Row,
    /// Who saw it, for a reader.
    pub(super) seen_by: String,
}

impl Step {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            from: call.began,
            by: call.ended,
            call: call.clone(),
            stream: None,
            beside: None,
            landed: None,
        }
    }

    /// Does the call leave the row as it is?
    pub(super) fn only_reads(&self) -> bool {
        self.call.makes == Makes::Nothing
    }

    /// Did it take effect before the other one can have?
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.by.is_some_and(|by| by < other.from)
    }

    /// What the caller saw in the row: just before the call took effect, and right behind it.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Contents> {
        let before = match &self.call.requires {
            Requires::Contents(contents) => Some(contents),
            _ => None,
        };
        before.into_iter().chain(&self.call.leaves)
    }
}

/// The time of what was found at the end of an epoch, behind all calls.
pub(super) const AT_THE_END: u64 = u64::MAX - 1;
