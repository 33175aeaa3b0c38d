//! Runs: epochs one after another, each judged by the checker.

mod epoch;
mod peer;
mod report;
mod rows;
mod setup;

pub use peer::run_peer;
pub use report::Report;

use crate::faults::World;
use crate::recorder::Recorder;
use crate::servers::{Database, Failure, Server};
use epoch::Source;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    pub database: Database,
    /// What is drawn is drawn from it. How threads take turns is not, so that two runs of one seed differ in the answers.
    pub seed: u64,
    pub time: Duration,
    /// The program of clients in processes of their own: `optlock-proof`. Without it there are none.
    pub program: Option<PathBuf>,
}

/// Runs epochs for the time, or until one is wrong. Reports what happens to `log`.
pub fn run(options: &Options, log: &mut dyn FnMut(String)) -> Result<Report, Failure> {
    let began = Instant::now();
    let mut world = World::new(Server::start(options.database)?)?;
    let recorder = Arc::new(Recorder::new(0));
    setup::create(&epoch::observer(&world), options.seed % 2 == 0)?;
    let mut before = Vec::new();
    let mut report = Report::new(options);
    for number in 0.. {
        let source = Source {
            seed: options.seed,
            epoch: number,
            program: options.program.as_deref(),
        };
        let (epoch, broken) = epoch::run(&source, &mut world, &recorder, &before, log)?;
        before.clone_from(&epoch.after);
        report.violations = broken;
        report.judge(&recorder, number, epoch);
        if !report.violations.is_empty() || began.elapsed() >= options.time {
            break;
        }
    }
    report.tally = recorder.tally().clone();
    report.took = began.elapsed();
    Ok(report)
}
