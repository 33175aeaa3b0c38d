//! A token, a UUID or a time, is that of one write of a row; and times grow.

use super::row::{After, RowHistory, Step};
use super::table::{Line, Table};
use super::violation::{Rule, Violation};
use crate::history::{Contents, Makes, Requires, Version};
use std::collections::HashMap;

/// Checks that no two acknowledged writes of the row made one token, and that nobody saw one token
/// with other contents than somebody else; and that a time is later than the one before it.
///
/// Numbers may come again: a row that is deleted and inserted starts anew. Two writes that were
/// sent at one time may draw the same time if one of them was refused, or had no answer.
pub(super) fn check(history: &RowHistory) -> Result<(), Violation> {
    drawn_once(history)?;
    times_grow(history)?;
    seen_alike(history)
}

/// Checks that a time is later than the one that it replaces, whatever the clocks of clients say. Otherwise a row could
/// get a time that it has had before.
fn times_grow(history: &RowHistory) -> Result<(), Violation> {
    for step in &history.steps {
        let (Requires::Version(before), Some(made)) = (&step.call.requires, made(step)) else {
            continue;
        };
        if let (Some(from), Some(to)) = (before.time(), made.time()) {
            if to <= from {
                let sentence =
                    format!("the version {made} is not later than {before}, which it replaced");
                return Err(violation(history, sentence, vec![step.into()]));
            }
        }
    }
    Ok(())
}

/// The version that a call makes, if that is known.
fn made(step: &Step) -> Option<&Version> {
    match &step.call.makes {
        Makes::Contents(Contents { version, .. }) => Some(version),
        Makes::Change { version, .. } => version.as_ref(),
        Makes::Nothing | Makes::Absent => None,
    }
}

fn drawn_once(history: &RowHistory) -> Result<(), Violation> {
    let mut makers = HashMap::<&str, &Step>::new();
    for step in history
        .steps
        .iter()
        .filter(|step| step.call.ended.is_some())
    {
        let Some(Version::Token(token)) = made(step) else {
            continue;
        };
        if let Some(other) = makers.insert(token, step) {
            let sentence = format!("two acknowledged writes made the version {token}");
            return Err(violation(
                history,
                sentence,
                vec![other.into(), step.into()],
            ));
        }
    }
    Ok(())
}

fn seen_alike(history: &RowHistory) -> Result<(), Violation> {
    let after = match &history.after {
        After::Row(contents) => contents.as_ref(),
        After::Unknown => None,
    };
    let at_ends = history.before.iter().chain(after);
    let by_steps = history.steps.iter().flat_map(|step| {
        let made = match &step.call.makes {
            Makes::Contents(contents) if step.by.is_some() => Some(contents),
            _ => None,
        };
        step.seen()
            .chain(made)
            .map(move |contents| (contents, Some(step)))
    });
    let mut seen = HashMap::<&str, (&Contents, Option<&Step>)>::new();
    for (contents, step) in at_ends.map(|contents| (contents, None)).chain(by_steps) {
        let Version::Token(token) = &contents.version else {
            continue;
        };
        let (other, by) = seen.entry(token).or_insert((contents, step));
        if *other != contents {
            let sentence = format!(
                "one version {token} has two contents: left {}, right {}, and left {}, right {}",
                other.left.0, other.right.0, contents.left.0, contents.right.0
            );
            let steps = by.iter().copied().chain(step);
            return Err(violation(
                history,
                sentence,
                steps.map(Line::from).collect(),
            ));
        }
    }
    Ok(())
}

fn violation(history: &RowHistory, sentence: String, lines: Vec<Line>) -> Violation {
    let table = Table::of_calls(lines);
    Violation::new(Rule::TokensAreUnique, history.row, sentence, table)
}
