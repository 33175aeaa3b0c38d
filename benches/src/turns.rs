//! Ways to do the same, which take turns.

use crate::contacts::Contact;
use diesel::connection::SimpleConnection;
use std::time::{Duration, Instant};

/// Saves some contacts, and leaves them at the version of their rows.
pub(crate) type Save<C> = fn(&mut [Contact], &mut C) -> Result<(), optlock::Error>;

const RUNS: usize = 9;

/// Runs before these, which are not counted. The first one prepares the statements, and PostgreSQL
/// plans a prepared statement anew at its first [five executions][plans].
///
/// [plans]: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
const WARM_UP: usize = 6;

/// The time that each way takes for this number of contacts: the median, in milliseconds.
pub(crate) fn medians<C: SimpleConnection, const N: usize>(
    contacts: i32,
    conn: &mut C,
    mut ways: [Save<C>; N],
) -> [f64; N] {
    let contacts = &mut crate::contacts::some(contacts);
    crate::contacts::reset(conn).unwrap();
    // Each way starts at the versions where the one before has ended.
    let medians = taking_turns(&mut ways, RUNS, |way, run| {
        crate::contacts::rename(contacts, run);
        let start = Instant::now();
        way(contacts, conn).unwrap();
        start.elapsed()
    });
    medians.try_into().unwrap()
}

/// The median of the times that each way takes, in milliseconds. They take turns, so that a machine which is
/// busy for a while is so for all of them. `run` is the number of the turn.
pub(crate) fn taking_turns<W>(
    ways: &mut [W],
    runs: usize,
    mut time: impl FnMut(&mut W, usize) -> Duration,
) -> Vec<f64> {
    let mut times = vec![Vec::new(); ways.len()];
    for run in 0..WARM_UP + runs {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            let time = time(way, run);
            if run >= WARM_UP {
                times.push(time.as_secs_f64() * 1e3);
            }
        }
    }
    times.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
