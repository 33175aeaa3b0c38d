//! What was answered as not done is in no row.

use super::row::{After, RowHistory};
use super::table::{Line, Table};
use super::violation::{Rule, Violation};
use crate::history::{Contents, Makes, Refused, Stamp};
use std::collections::{HashMap, HashSet};

/// Checks that nobody saw the stamp of a refused write in the row.
pub(super) fn check(history: &RowHistory, refused: &[Refused]) -> Result<(), Violation> {
    let mut by_stamp: HashMap<Stamp, &Refused> = refused
        .iter()
        .filter(|refused| refused.row == history.row)
        .map(|refused| (refused.stamp, refused))
        .collect();
    // What another call writes as well (a repetition, say) may be in the row.
    for stamp in history
        .steps
        .iter()
        .flat_map(|step| written(&step.call.makes))
    {
        by_stamp.remove(&stamp);
    }
    if by_stamp.is_empty() {
        return Ok(());
    }
    let find = |contents: &Contents| {
        let stamps = [contents.left, contents.right];
        stamps.iter().find_map(|stamp| by_stamp.get(stamp).copied())
    };
    for step in &history.steps {
        for refused in step.seen().filter_map(find) {
            if refused.unit != step.call.unit {
                let seen = format!("{} of session {}", step.call.name, step.call.session);
                return Err(violation(refused, &seen, vec![refused.into(), step.into()]));
            }
        }
    }
    if let After::Row(Some(contents)) = &history.after {
        if let Some(refused) = find(contents) {
            let mut violation =
                violation(refused, "the last look at the row", vec![refused.into()]);
            violation.note(format!("found at the end: {contents}"));
            return Err(violation);
        }
    }
    Ok(())
}

fn violation(refused: &Refused, seen: &str, lines: Vec<Line>) -> Violation {
    let Refused {
        name,
        session,
        stamp,
        row,
        ..
    } = refused;
    let sentence = format!(
        "{name} of session {session} was answered as not done, but {seen} found its {} in the row",
        stamp.0
    );
    Violation::new(
        Rule::RefusedStaysOut,
        *row,
        sentence,
        Table::of_calls(lines),
    )
}

fn written(makes: &Makes) -> HashSet<Stamp> {
    match makes {
        Makes::Nothing | Makes::Absent => HashSet::new(),
        Makes::Contents(contents) => HashSet::from([contents.left, contents.right]),
        Makes::Change { left, right, .. } => left.iter().chain(right).copied().collect(),
    }
}
