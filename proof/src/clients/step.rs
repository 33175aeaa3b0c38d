//! What a client does next, drawn from the seed.

use super::session::End;
use super::tables::KEYS;
use rand::Rng;
use std::time::Duration;

/// One step. It is drawn whole before it is taken, so that a seed gives the same steps whatever the answers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) table: Table,
    pub(super) operation: Operation,
    /// The rows of a batch, or of a transaction. Most operations take the first.
    pub(super) keys: Vec<i32>,
    pub(super) columns: Columns,
    /// When the future is dropped, if the connection is an async one.
    pub(super) drop_after: Option<Duration>,
    /// What a client does with a value that was refused: usually it loads the row again.
    pub(super) keeps_stale: bool,
    /// The client works on what it holds.
    pub(super) pause: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Numbered,
    Unique,
    Timed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Load,
    Check,
    Refresh,
    Lock,
    Save,
    /// A save whose token is drawn beforehand.
    Attempt,
    Touch,
    Force,
    Insert,
    Delete,
    Merge,
    SaveAll,
    Transaction(End),
    Retry,
    Acquire,
    Steal,
    Renew,
    Release,
    SaveLeased,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    Left,
    Right,
    Both,
}

/// How often each operation is drawn.
const OPERATIONS: [(Operation, u32); 20] = [
    (Operation::Load, 6),
    (Operation::Check, 3),
    (Operation::Refresh, 6),
    (Operation::Lock, 3),
    (Operation::Save, 22),
    (Operation::Attempt, 10),
    (Operation::Touch, 5),
    (Operation::Force, 3),
    (Operation::Insert, 8),
    (Operation::Delete, 3),
    (Operation::Merge, 8),
    (Operation::SaveAll, 8),
    (Operation::Transaction(End::Commit), 8),
    (Operation::Transaction(End::RollBack), 6),
    (Operation::Retry, 8),
    (Operation::Acquire, 6),
    (Operation::Steal, 3),
    (Operation::Renew, 4),
    (Operation::Release, 3),
    (Operation::SaveLeased, 8),
];

impl Step {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let table = match rng.random_range(0..3) {
            0 => Table::Numbered,
            1 => Table::Unique,
            _ => Table::Timed,
        };
        let operation = draw_operation(rng);
        let columns = match rng.random_range(0..3) {
            0 => Columns::Left,
            1 => Columns::Right,
            _ => Columns::Both,
        };
        let dropped = rng.random_bool(0.05);
        let micros = rng.random_range(0..3_000);
        Self {
            table,
            operation,
            keys: draw_keys(rng),
            columns,
            drop_after: dropped.then(|| Duration::from_micros(micros)),
            keeps_stale: rng.random_bool(0.2),
            pause: Duration::from_micros(rng.random_range(0..4_000)),
        }
    }

    pub(super) fn key(&self) -> i32 {
        self.keys[0]
    }

    /// The same step on one row.
    pub(super) fn of_key(&self, key: i32) -> Self {
        Self {
            keys: vec![key],
            ..self.clone()
        }
    }
}

fn draw_operation(rng: &mut impl Rng) -> Operation {
    let all = OPERATIONS.iter().map(|(_, weight)| weight).sum();
    let mut drawn = rng.random_range(0..all);
    for (operation, weight) in OPERATIONS {
        if drawn < weight {
            return operation;
        }
        drawn -= weight;
    }
    Operation::Load
}

/// One to four keys, in any order, none twice.
fn draw_keys(rng: &mut impl Rng) -> Vec<i32> {
    let mut keys: Vec<_> = (1..=KEYS).collect();
    for place in (1..keys.len()).rev() {
        keys.swap(place, rng.random_range(0..=place));
    }
    keys.truncate(rng.random_range(1..=keys.len()));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Draw;
    use std::collections::BTreeSet;

    fn steps(seed: u64, stream: u64) -> Vec<Step> {
        let mut rng = Draw::numbers(seed, stream);
        (0..1_000).map(|_| Step::draw(&mut rng)).collect()
    }

    #[test]
    fn a_seed_repeats_its_steps_and_no_other_has_them() {
        assert_eq!(steps(1, 2), steps(1, 2));
        assert_ne!(steps(1, 2), steps(2, 2));
        assert_ne!(steps(1, 2), steps(1, 3));
    }

    /// Or a seed that has found something finds nothing any more.
    #[test]
    fn a_seed_draws_what_it_has_always_drawn() {
        let steps = steps(1, 2);
        let drawn: Vec<_> = steps[..4]
            .iter()
            .map(|step| (step.table, step.operation, &step.keys[..]))
            .collect();
        let expected: [(Table, Operation, &[i32]); 4] = [
            (Table::Unique, Operation::Steal, &[1, 2]),
            (Table::Unique, Operation::Insert, &[2, 4, 3]),
            (
                Table::Timed,
                Operation::Transaction(End::Commit),
                &[3, 1, 2],
            ),
            (Table::Numbered, Operation::SaveAll, &[1]),
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn each_operation_is_drawn_and_no_key_twice_in_a_step() {
        let steps = steps(1, 2);
        for (operation, _) in OPERATIONS {
            let is_drawn = steps.iter().any(|step| step.operation == operation);
            assert!(is_drawn, "{operation:?}");
        }
        for step in steps {
            let keys: BTreeSet<_> = step.keys.iter().collect();
            assert_eq!(keys.len(), step.keys.len(), "{step:?}");
        }
    }
}
