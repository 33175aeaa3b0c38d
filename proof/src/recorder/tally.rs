//! How often what was done and answered: the table at the end of a run.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by kind.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub operations: Counts,
    pub answers: Counts,
    pub faults: Counts,
    pub epochs: u64,
    pub calls: u64,
    pub unknown: u64,
    /// Of these, how many are known to have taken effect, because another client saw what they wrote.
    pub landed: u64,
    pub lease_calls: u64,
    /// What the checker has looked at.
    pub states: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    pub fn add(&mut self, kind: &str) {
        // Most of the time it is there.
        match self.0.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(kind.to_owned(), 1)),
        }
    }

    pub fn of(&self, kind: &str) -> u64 {
        self.0.get(kind).copied().unwrap_or_default()
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    fn table(&self, title: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {title} | |\n|---|--:|")?;
        for (kind, count) in &self.0 {
            writeln!(f, "| {kind} | {count} |")?;
        }
        writeln!(f, "| **in all** | **{}** |\n", self.total())
    }
}

/// Tables of Markdown.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operations.table("operations", f)?;
        self.answers.table("answers", f)?;
        self.faults.table("faults", f)?;
        writeln!(f, "| checked | |\n|---|--:|")?;
        for (what, count) in [
            ("epochs", self.epochs),
            ("calls on rows", self.calls),
            ("calls on leases", self.lease_calls),
            ("operations without an answer", self.unknown),
            ("calls without an answer that took effect", self.landed),
            ("states visited", self.states),
        ] {
            writeln!(f, "| {what} | {count} |")?;
        }
        Ok(())
    }
}
