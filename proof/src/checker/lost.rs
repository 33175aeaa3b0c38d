//! What took effect is in the row until it is overwritten.
//!
//! Of the calls that can have written a column before a look at it, one is surely the last if all
//! others had ended before it began. If that one had taken effect before the look began, the column
//! holds what it wrote.

use super::row::{AT_THE_END, After, RowHistory, Step};
use super::table::Table;
use super::violation::{Rule, Violation};
use crate::history::{Contents, Makes, Requires, Stamp};

/// Checks each look at the row against the last write, where it is known which one was the last.
pub(super) fn check(history: &RowHistory) -> Result<(), Violation> {
    let columns = [Column::Left, Column::Right].map(|column| Writes::of(history, column));
    for writes in &columns {
        for step in &history.steps {
            let Some(by) = step.by else { continue };
            let before = match &step.call.requires {
                Requires::Contents(contents) => Some(Some(contents)),
                Requires::Absent => Some(None),
                _ => None,
            };
            // A call saw what was before its own write, and what is behind it.
            for (found, own) in before
                .map(|found| (found, false))
                .into_iter()
                .chain(step.call.leaves.as_ref().map(|found| (Some(found), true)))
            {
                let skip = (!own).then_some(step);
                if let Some(last) = writes.last_before(step.from, by, skip) {
                    if !writes.column.is_as_written(last, found) {
                        return Err(violation(history, last, Some(step), found, writes.column));
                    }
                }
            }
        }
        if let After::Row(found) = &history.after {
            if let Some(last) = writes.last_before(AT_THE_END + 1, AT_THE_END + 1, None) {
                if !writes.column.is_as_written(last, found.as_ref()) {
                    return Err(violation(
                        history,
                        last,
                        None,
                        found.as_ref(),
                        writes.column,
                    ));
                }
            }
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Left,
    Right,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    fn of(self, contents: &Contents) -> Stamp {
        match self {
            Self::Left => contents.left,
            Self::Right => contents.right,
        }
    }

    /// What a call writes into the column: `Some(None)` if it deletes the row.
    fn written(self, makes: &Makes) -> Option<Option<Stamp>> {
        match makes {
            Makes::Nothing => None,
            Makes::Absent => Some(None),
            Makes::Contents(contents) => Some(Some(self.of(contents))),
            Makes::Change { left, right, .. } => match self {
                Self::Left => left.map(Some),
                Self::Right => right.map(Some),
            },
        }
    }

    fn is_as_written(self, last: &Step, found: Option<&Contents>) -> bool {
        let found = found.map(|contents| self.of(contents));
        self.written(&last.call.makes)
            .is_none_or(|written| written == found)
    }
}

/// The writes of a column.
struct Writes<'h> {
    column: Column,
    /// In the order in which they began, each with the time when all before it and it had ended.
    steps: Vec<(&'h Step, Option<u64>)>,
}

impl<'h> Writes<'h> {
    fn of(history: &'h RowHistory, column: Column) -> Self {
        let mut writes: Vec<_> = history
            .steps
            .iter()
            .filter(|step| column.written(&step.call.makes).is_some())
            .collect();
        writes.sort_by_key(|step| step.from);
        let mut all_by = Some(0);
        let with_ends = writes.into_iter().map(|step| {
            all_by = all_by.zip(step.by).map(|(all, by)| all.max(by));
            (step, all_by)
        });
        Self {
            steps: with_ends.collect(),
            column,
        }
    }

    /// The write that is surely the last one before a look that lasted from one time to another.
    fn last_before(&self, from: u64, to: u64, skip: Option<&Step>) -> Option<&'h Step> {
        let begun = self.steps.partition_point(|(step, _)| step.from <= to);
        let mut begun = &self.steps[..begun];
        // Its own write, if no other one began behind it: then it overlaps the look.
        if let (Some((last, _)), Some(skip)) = (begun.last(), skip) {
            if std::ptr::eq(*last, skip) {
                begun = &begun[..begun.len() - 1];
            }
        }
        let (last, _) = begun.last()?;
        let others_by = match begun.len() {
            1 => Some(0),
            many => begun[many - 2].1,
        };
        let is_last = begun.len() == 1 || others_by.is_some_and(|by| by < last.from);
        let is_over = last.by.is_some_and(|by| by < from);
        (is_last && is_over).then_some(*last)
    }
}

fn violation(
    history: &RowHistory,
    last: &Step,
    seen: Option<&Step>,
    found: Option<&Contents>,
    column: Column,
) -> Violation {
    let what = match column.written(&last.call.makes).flatten() {
        Some(stamp) => format!("wrote {} {}", column.name(), stamp.0),
        None => "deleted the row".to_owned(),
    };
    let call = &last.call;
    let who = format!("{} of session {} {what}", call.name, call.session);
    let (rule, how) = match (&last.landed, last.beside) {
        (None, None) => (Rule::AcknowledgedStays, "and was acknowledged".to_owned()),
        (None, Some(row)) => (
            Rule::AllOrNothing,
            format!("and was acknowledged together with its write of {row}"),
        ),
        (Some(landed), _) if landed.row == history.row => (
            Rule::AcknowledgedStays,
            format!("which {} saw", landed.seen_by),
        ),
        (Some(landed), _) => (
            Rule::AllOrNothing,
            format!(
                "together with a write that {} saw in {}",
                landed.seen_by, landed.row
            ),
        ),
    };
    let look = match seen {
        Some(step) => format!("{} of session {}", step.call.name, step.call.session),
        None => "the last look at the row".to_owned(),
    };
    let found = match found {
        Some(contents) => format!("{} {}", column.name(), column.of(contents).0),
        None => "no row".to_owned(),
    };
    let sentence = format!(
        "{who} {how}, and nobody wrote {} after it, but {look} found {found}",
        column.name()
    );
    let lines = [Some(last), seen].into_iter().flatten().map(Into::into);
    Violation::new(
        rule,
        history.row,
        sentence,
        Table::of_calls(lines.collect()),
    )
}
