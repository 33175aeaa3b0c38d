//! Ways to do the same, which take turns.

use std::time::Duration;

/// Turns before these, which are not counted. The first one prepares the statements, and PostgreSQL
/// plans a prepared statement anew at its first [five executions][plans].
///
/// [plans]: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
const WARM_UP: usize = 6;

/// Times of each way in seconds, one for each round. The ways take turns, so that a machine which is busy for a while
/// is so for all of them; and each round begins with another way, so that none always comes after the same one.
/// `round` is the number of the round.
pub(crate) fn taking_turns<W>(
    ways: &mut [W],
    rounds: usize,
    mut time: impl FnMut(&mut W, usize) -> Duration,
) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); ways.len()];
    for round in 0..WARM_UP + rounds {
        for turn in 0..ways.len() {
            let way = (round + turn) % ways.len();
            let time = time(&mut ways[way], round);
            if round >= WARM_UP {
                times[way].push(time.as_secs_f64());
            }
        }
    }
    times
}
