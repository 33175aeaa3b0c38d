//! Ways to do the same, which take turns.

use crate::contacts::Contact;
use diesel::connection::SimpleConnection;
use std::time::Instant;

/// Saves some contacts, and leaves them at the version of their rows.
pub(crate) type Save<C> = fn(&mut [Contact], &mut C) -> Result<(), optlock::Error>;

const RUNS: usize = 9;

/// Runs before these, which are not counted. The first one prepares the statements, and PostgreSQL
/// plans a prepared statement anew at its first [five executions][plans].
///
/// [plans]: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
const WARM_UP: usize = 6;

/// The time that each way takes for this number of contacts: the median, in milliseconds. They take
/// turns, so that a machine which is busy for a while is so for all of them.
pub(crate) fn medians<C: SimpleConnection, const N: usize>(
    contacts: i32,
    conn: &mut C,
    ways: [Save<C>; N],
) -> [f64; N] {
    let contacts = &mut crate::contacts::some(contacts);
    conn.batch_execute("UPDATE optlock_bench SET version = 1 WHERE version <> 1")
        .unwrap();
    let mut times = ways.map(|_| Vec::new());
    for run in 0..WARM_UP + RUNS {
        // Each way starts at the versions where the one before has ended.
        for (way, times) in ways.iter().zip(&mut times) {
            for contact in &mut *contacts {
                contact.name = format!("contact {}, run {run}", contact.id);
            }
            let start = Instant::now();
            way(contacts, conn).unwrap();
            if run >= WARM_UP {
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[RUNS / 2]
    })
}
