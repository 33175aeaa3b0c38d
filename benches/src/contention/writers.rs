//! Writers that run at the same time, and how each fared.

use super::counters::{Increments, Once};
use crate::statistics::SplitMix64;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How long so many writers run: the more there are, the fewer increments each has in a second, and with ten the worst share
/// would be that of chance.
fn lasts(writers: usize) -> Duration {
    Duration::from_secs(writers as u64 / 16).max(Duration::from_secs(1))
}

/// What all writers did.
pub(super) struct Outcome {
    /// From the first increment to the end of the last one.
    lasted: Duration,
    /// How many increments each writer had done in time.
    of_writer: Vec<usize>,
    attempts: u64,
    /// How long each increment took, sorted.
    times: Vec<Duration>,
}

/// What one writer did.
struct Written {
    times: Vec<Duration>,
    attempts: u64,
}

/// Lets the writers increment, each time a random one of the rows.
pub(super) fn contend<C: Increments>(
    url: &str,
    writers: usize,
    rows: i32,
    once: Once<C>,
) -> Outcome {
    let ready = &Barrier::new(writers + 1);
    let lasts = lasts(writers);
    let (lasted, written): (_, Vec<Written>) = thread::scope(|scope| {
        let writers: Vec<_> = (0..writers)
            .map(|nth| scope.spawn(move || write(url, nth, rows, once, ready, lasts)))
            .collect();
        ready.wait();
        let start = Instant::now();
        let written = writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect();
        (start.elapsed(), written)
    });
    let mut times: Vec<_> = written
        .iter()
        .flat_map(|written| &written.times)
        .copied()
        .collect();
    times.sort();
    Outcome {
        lasted,
        of_writer: written.iter().map(|written| written.times.len()).collect(),
        attempts: written.iter().map(|written| written.attempts).sum(),
        times,
    }
}

fn write<C: Increments>(
    url: &str,
    nth: usize,
    rows: i32,
    once: Once<C>,
    ready: &Barrier,
    lasts: Duration,
) -> Written {
    let conn = &mut C::establish(url).unwrap();
    for sql in C::FIRST {
        conn.batch_execute(sql).unwrap();
    }
    let mut random = SplitMix64(nth as u64);
    let mut written = Written {
        times: Vec::new(),
        attempts: 0,
    };
    ready.wait();
    let start = Instant::now();
    while start.elapsed() < lasts {
        let id = random.below(rows as usize) as i32;
        let begin = Instant::now();
        written.attempts += u64::from(once(conn, id));
        written.times.push(begin.elapsed());
    }
    written
}

impl Outcome {
    pub(super) fn successes(&self) -> usize {
        self.times.len()
    }

    /// Increments a second.
    pub(super) fn throughput(&self) -> f64 {
        self.successes() as f64 / self.lasted.as_secs_f64()
    }

    /// Attempts for each increment.
    pub(super) fn attempts(&self) -> f64 {
        self.attempts as f64 / self.successes() as f64
    }

    /// How many milliseconds this part of the increments took at most.
    pub(super) fn percentile(&self, part: f64) -> f64 {
        let nth = (part * self.successes() as f64).ceil() as usize;
        self.times[nth.saturating_sub(1)].as_secs_f64() * 1e3
    }

    /// What the writer with the fewest increments had of them, in the share of which all would have the same.
    pub(super) fn worst_share(&self) -> f64 {
        let worst = self.of_writer.iter().min().copied().unwrap_or(0);
        (worst * self.of_writer.len()) as f64 / self.successes() as f64
    }
}
