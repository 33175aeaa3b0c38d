//! What a run has seen.

use super::Options;
use crate::checker;
use crate::history::Epoch;
use crate::recorder::{Recorder, Tally};
use crate::servers::{Database, Failure};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug)]
pub struct Report {
    pub database: Database,
    pub seed: u64,
    pub took: Duration,
    pub tally: Tally,
    /// What was wrong, for a person to read.
    pub violations: Vec<String>,
    /// The epoch that was wrong, and its number.
    pub history: Option<(u64, Epoch)>,
}

impl Report {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            database: options.database,
            seed: options.seed,
            took: Duration::ZERO,
            tally: Tally::default(),
            violations: Vec::new(),
            history: None,
        }
    }

    /// Lets the checker judge an epoch.
    pub(super) fn judge(&mut self, recorder: &Recorder, number: u64, epoch: Epoch) {
        let checked = checker::check(&epoch);
        let mut tally = recorder.tally();
        tally.epochs += 1;
        tally.calls += epoch.calls.len() as u64;
        tally.lease_calls += epoch.leases.len() as u64;
        match checked {
            Ok(checked) => {
                tally.states += checked.states as u64;
                tally.landed += checked.landed as u64;
            }
            Err(violation) => self.violations.push(violation.to_string()),
        }
        if !self.violations.is_empty() {
            self.history = Some((number, epoch));
        }
    }

    /// Writes the report into the folder, and the whole history of an epoch that was wrong. Returns the files.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        std::fs::create_dir_all(folder)?;
        let report = folder.join(format!("{}.md", self.database));
        std::fs::write(&report, self.to_string())?;
        let mut files = vec![report];
        if let Some((number, epoch)) = &self.history {
            let name = format!("{}-seed-{}-epoch-{number}.txt", self.database, self.seed);
            let history = folder.join(name);
            std::fs::write(&history, format!("{epoch:#?}\n"))?;
            files.push(history);
        }
        Ok(files)
    }
}

/// How many violations of an epoch are printed. Values that are not put back are found many times.
const PRINTED: usize = 5;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (database, seed) = (self.database, self.seed);
        writeln!(f, "## {database}, seed {seed}, {} s\n", self.took.as_secs())?;
        write!(f, "{}", self.tally)?;
        writeln!(f, "| violations | {} |", self.violations.len())?;
        for violation in self.violations.iter().take(PRINTED) {
            writeln!(f, "\n```text\n{violation}\n```")?;
        }
        if let Some((number, _)) = &self.history {
            writeln!(
                f,
                "\nEpoch {number}. Again: `bin/proof --database {database} --seed {seed}`"
            )?;
        }
        Ok(())
    }
}
