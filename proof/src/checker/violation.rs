//! What is wrong with a history.

use super::row::{After, RowHistory};
use super::search::Stuck;
use super::table::{Line, Table};
use crate::history::{Contents, Row};
use std::fmt;

/// An epoch cannot have come from rows that are written one call after another. Printed, it is the
/// shortest history that shows it, and what is impossible about it.
#[derive(Debug, Clone)]
pub struct Violation(Box<Report>);

#[derive(Debug, Clone)]
struct Report {
    rule: Rule,
    row: Row,
    sentence: String,
    table: Table,
    before: Option<String>,
    notes: Vec<String>,
}

/// What was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// No order of the calls of the row explains their answers.
    Linearizable,
    /// A write that was answered as not done is in the row.
    RefusedStaysOut,
    /// A write that took effect is not seen, though nobody overwrote it.
    AcknowledgedStays,
    /// Of one operation a part took effect, and a part did not.
    AllOrNothing,
    /// A token is that of one write, and a time is later than the one that it replaces.
    TokensAreUnique,
    /// The fence of a lease only grows.
    FenceGrows,
    /// Two clients hold the lease of one row at one time.
    OneHolder,
    /// A write asked for a lease that was not held.
    LateHolder,
    /// A lease was lost though its time was not over and nobody ended it.
    LeaseLasts,
}

impl Violation {
    pub(super) fn new(rule: Rule, row: Row, sentence: String, table: Table) -> Self {
        Self(Box::new(Report {
            rule,
            row,
            sentence,
            table,
            before: None,
            notes: Vec::new(),
        }))
    }

    /// Of a history that has no order.
    pub(super) fn of_stuck(history: &RowHistory, stuck: &Stuck) -> Self {
        // The numbers in the table.
        let mut by_time: Vec<_> = (0..history.steps.len()).collect();
        by_time.sort_by_key(|step| history.steps[*step].call.began);
        let name = |step: &usize| match by_time.iter().position(|other| other == step) {
            Some(place) => format!("#{}", place + 1),
            None => "what was found at the end".to_owned(),
        };
        let names = |steps: &[usize]| steps.iter().map(name).collect::<Vec<_>>().join(", ");
        let lines = history.steps.iter().map(Line::from).collect();
        let sentence =
            "no order of these calls, one after another, explains what they found".to_owned();
        let mut violation = Self::new(
            Rule::Linearizable,
            history.row,
            sentence,
            Table::of_calls(lines),
        );
        violation.0.before = Some(found(history.before.as_ref()));
        if let After::Row(contents) = &history.after {
            let note = format!("found at the end: {}", found(contents.as_ref()));
            violation.note(note);
        }
        let prefix = match &stuck.prefix[..] {
            [] => "no call can be the first one".to_owned(),
            prefix => format!("the longest order that explains them: {}", names(prefix)),
        };
        violation.note(format!("{prefix}; the row then holds: {}", stuck.state));
        let (may, must): (Vec<_>, Vec<_>) = stuck.next.iter().partition(|step| {
            let step = history.steps.get(**step);
            step.is_some_and(|step| step.by.is_none())
        });
        violation.note(format!(
            "one of these has to be next, and cannot: {}",
            names(&must)
        ));
        if !may.is_empty() {
            let note = format!("without an answer, and of no help there: {}", names(&may));
            violation.note(note);
        }
        violation
    }

    /// Adds a line below the table.
    pub(super) fn note(&mut self, note: String) {
        self.0.notes.push(note);
    }

    /// What was broken.
    pub fn rule(&self) -> Rule {
        self.0.rule
    }

    /// The row that it is about.
    pub fn row(&self) -> Row {
        self.0.row
    }
}

fn found(contents: Option<&Contents>) -> String {
    contents.map_or("no row".to_owned(), Contents::to_string)
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &self.0;
        writeln!(f, "{}: {}", report.row, report.sentence)?;
        if let Some(before) = &report.before {
            writeln!(f, "found at the beginning: {before}")?;
        }
        write!(f, "{}", report.table)?;
        for note in &report.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violation {}
