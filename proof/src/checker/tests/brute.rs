//! A second checker, which tries all orders and nothing else.

use crate::checker::row::{After, RowHistory, Step};
use crate::history::{Contents, Makes, Requires, Version};
use std::collections::BTreeSet;

/// Is there an order of the calls, and a token for each write that nobody was told of?
pub(super) fn has_order(history: &RowHistory) -> bool {
    let known: BTreeSet<_> = history
        .before
        .iter()
        .chain(history.steps.iter().filter_map(whole))
        .map(|contents| &contents.version)
        .chain(
            history
                .steps
                .iter()
                .filter_map(|step| match &step.call.makes {
                    Makes::Change { version, .. } => version.as_ref(),
                    _ => None,
                }),
        )
        .collect();
    let named = history.steps.iter().flat_map(|step| {
        let required = match &step.call.requires {
            Requires::Version(version) | Requires::NotVersion(version) => Some(version),
            _ => None,
        };
        step.seen()
            .map(|contents| &contents.version)
            .chain(required)
    });
    let after = match &history.after {
        After::Row(contents) => contents.as_ref().map(|contents| &contents.version),
        After::Unknown => None,
    };
    let free = named
        .chain(after)
        .filter(|version| matches!(version, Version::Token(_)) && !known.contains(version))
        .cloned()
        .collect();
    let left = (0..history.steps.len()).collect();
    extends(history, history.before.clone(), &left, &free)
}

fn whole(step: &Step) -> Option<&Contents> {
    match &step.call.makes {
        Makes::Contents(contents) => Some(contents),
        _ => None,
    }
}

/// Can the steps that are left come next, from this state on? `free` are the tokens that nobody is
/// known to have made.
fn extends(
    history: &RowHistory,
    state: Option<Contents>,
    left: &BTreeSet<usize>,
    free: &BTreeSet<Version>,
) -> bool {
    let steps = &history.steps;
    let is_whole = left.iter().all(|step| steps[*step].by.is_none());
    let fits = match &history.after {
        After::Row(after) => *after == state,
        After::Unknown => true,
    };
    if is_whole && fits {
        return true;
    }
    left.iter().any(|next| {
        let step = &steps[*next];
        let waits = left.iter().any(|other| {
            let other = &steps[*other];
            let in_stream =
                step.stream.is_some() && step.stream == other.stream && other.by < step.by;
            in_stream || other.by.is_some_and(|by| by < step.from)
        });
        if waits || !allows(&step.call.requires, state.as_ref()) {
            return false;
        }
        let mut rest = left.clone();
        rest.remove(next);
        made(&step.call.makes, state.as_ref(), *next, free)
            .into_iter()
            .any(|(made, free)| {
                let is_left = step.call.leaves.is_none() || step.call.leaves == made;
                is_left && extends(history, made, &rest, &free)
            })
    })
}

fn allows(requires: &Requires, state: Option<&Contents>) -> bool {
    let version = state.map(|contents| &contents.version);
    match requires {
        Requires::Nothing => true,
        Requires::Present => state.is_some(),
        Requires::Columns { left, right } => state.is_some_and(|row| {
            left.is_none_or(|left| row.left == left) && right.is_none_or(|right| row.right == right)
        }),
        Requires::Absent => state.is_none(),
        Requires::Version(expected) => version == Some(expected),
        Requires::NotVersion(expected) => version != Some(expected),
        Requires::Contents(contents) => state == Some(contents),
    }
}

/// All states that the call can make.
fn made(
    makes: &Makes,
    state: Option<&Contents>,
    step: usize,
    free: &BTreeSet<Version>,
) -> Vec<(Option<Contents>, BTreeSet<Version>)> {
    let one = |state: Option<Contents>| vec![(state, free.clone())];
    match makes {
        Makes::Nothing => one(state.cloned()),
        Makes::Absent => one(None),
        Makes::Contents(contents) => one(Some(contents.clone())),
        Makes::Change {
            version,
            left,
            right,
        } => {
            let Some(state) = state else {
                return Vec::new();
            };
            let with = |version: Version| {
                Some(Contents {
                    version,
                    left: left.unwrap_or(state.left),
                    right: right.unwrap_or(state.right),
                })
            };
            match (version, &state.version) {
                (Some(version), _) => one(with(version.clone())),
                (None, Version::Number(number)) => one(with(Version::Number(number + 1))),
                (None, Version::Token(_)) => {
                    let unseen = Version::Token(format!("of step {step}"));
                    let mut all = one(with(unseen));
                    for token in free {
                        let mut rest = free.clone();
                        rest.remove(token);
                        all.push((with(token.clone()), rest));
                    }
                    all
                }
            }
        }
    }
}
