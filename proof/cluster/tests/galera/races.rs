//! Clients on all nodes write the same few rows at once.

use crate::setting::{client, everywhere, rows};
use optlock::Error;
use optlock_proof::checker::check;
use optlock_proof::history::Stamp;
use optlock_proof_cluster::client::{AnyClient, FACES, Served};
use optlock_proof_cluster::record::{Begun, History, Session};
use optlock_proof_cluster::rows::{Counted, Side, Tagged};
use optlock_proof_cluster::told;
use std::collections::BTreeMap;
use std::sync::Mutex;

const KEYS: std::ops::RangeInclusive<i64> = 1..=3;
const OPERATIONS: usize = 80;

/// What the operations of all clients came to, for a reader.
type Answers = Mutex<BTreeMap<String, usize>>;

#[test]
fn writes_on_all_nodes_lose_nothing_and_let_nothing_in_that_was_refused() {
    for sync_wait in [3, 0] {
        race::<Counted>(sync_wait);
        race::<Tagged>(sync_wait);
    }
}

fn race<M: Served>(sync_wait: u8) {
    let nodes = rows::<M>(KEYS);
    let begun: Vec<M> = KEYS.map(|key| everywhere(&nodes, key)).collect();
    let history = History::new(&begun);
    let answers = Answers::default();
    std::thread::scope(|scope| {
        for (node_number, node) in nodes.iter().enumerate() {
            for (face_number, face) in FACES.into_iter().enumerate() {
                let seed = 1 + node_number * FACES.len() + face_number;
                let racer = Racer {
                    session: history.session(face, sync_wait == 3),
                    client: client::<M>(node, face, sync_wait),
                    random: Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed as u64)),
                    history: &history,
                    answers: &answers,
                };
                scope.spawn(|| racer.race());
            }
        }
    });
    let ended: Vec<M> = KEYS.map(|key| everywhere(&nodes, key)).collect();
    let epoch = history.end(&ended);
    println!("{}, wsrep_sync_wait = {sync_wait}:", M::TABLE_NAME);
    for (answer, times) in answers.into_inner().unwrap() {
        println!("  {times:4} {answer}");
    }
    match check(&epoch) {
        Ok(checked) => println!("  {checked:?}"),
        Err(violation) => panic!("{violation}"),
    }
}

struct Racer<'h, M> {
    client: AnyClient<M>,
    session: Session<'h>,
    history: &'h History,
    answers: &'h Answers,
    random: Random,
}

impl<M: Served> Racer<'_, M> {
    fn race(mut self) {
        for _ in 0..OPERATIONS {
            match self.random.below(6) {
                0 | 1 => self.save(),
                2 => self.save_merged(),
                3 => self.save_all(),
                4 => self.transaction(),
                _ => self.retry(),
            }
        }
    }

    fn save(&mut self) {
        let was = self.load();
        let mut value = was.clone();
        let stamp = self.history.stamp();
        value.put(self.side(), stamp);
        let begun = self.session.begin("save_checked");
        match self.client.save(&mut value) {
            Ok(()) => self.session.wrote(begun, &was, &value),
            Err(ref error) => {
                assert_eq!(value.version(), was.version(), "{error:?}");
                self.session.failed(begun, &[was], &[value], stamp, error);
                return self.answered("save_checked", error);
            }
        }
        self.saved("save_checked");
    }

    fn save_merged(&mut self) {
        let base = self.load();
        let mut value = base.clone();
        let stamp = self.history.stamp();
        value.put(self.side(), stamp);
        let tried = value.clone();
        let begun = self.session.begin("save_merged");
        match self.client.save_merged(&mut value, &base) {
            Ok(_) => self.session.merged(begun, &value),
            Err(ref error) => {
                assert_eq!(value, tried, "{error:?}");
                self.session.refused(begun, value.row(), stamp);
                assert!(!error.outcome_unknown(), "{error:?}");
                return self.answered("save_merged", error);
            }
        }
        self.saved("save_merged");
    }

    fn save_all(&mut self) {
        let was = self.load_two();
        let mut values = was.clone();
        let stamp = self.stamp_all(&mut values);
        let begun = self.session.begin("save_all_checked");
        let result = self.client.save_all(&mut values);
        self.several("save_all_checked", begun, &was, &values, stamp, result);
    }

    fn transaction(&mut self) {
        let was = self.load_two();
        let mut values = was.clone();
        let stamp = self.history.stamp();
        let side = self.side();
        let begun = self.session.begin("transaction");
        let edit = |value: &mut M| value.put(side, stamp);
        let result = self.client.transaction(&mut values, &edit, &|| {});
        if result.is_err() {
            assert_eq!(values, was, "all of it is put back");
        }
        self.several("transaction", begun, &was, &values, stamp, result);
    }

    fn several(
        &mut self,
        name: &'static str,
        begun: Begun,
        was: &[M],
        values: &[M],
        stamp: Stamp,
        result: Result<(), Error>,
    ) {
        match result {
            Ok(()) => {
                for (was, value) in was.iter().zip(values) {
                    self.session.wrote(begun, was, value);
                }
                self.saved(name);
            }
            Err(error) => {
                for (was, value) in was.iter().zip(values) {
                    assert_eq!(value.version(), was.version(), "{error:?}");
                }
                self.session.failed(begun, was, values, stamp, &error);
                self.answered(name, &error);
            }
        }
    }

    fn retry(&mut self) {
        let key = self.key();
        let side = self.side();
        let attempts = Mutex::new(Vec::new());
        let edit = |value: &mut M| {
            let stamp = self.history.stamp();
            value.put(side, stamp);
            attempts.lock().unwrap().push(stamp);
        };
        let begun = self.session.begin("retry");
        let result = self.client.retry(key, &edit);
        let mut attempts = attempts.into_inner().unwrap();
        let row = M::with_key(key).row();
        match result {
            Ok((was, value)) => {
                attempts.pop();
                self.session.wrote(begun, &was, &value);
                self.saved("retry");
            }
            Err(ref error) => {
                assert!(!error.outcome_unknown(), "{error:?}");
                self.answered("retry", error);
            }
        }
        for stamp in attempts {
            self.session.refused(begun, row, stamp);
        }
    }

    fn load(&mut self) -> M {
        let key = self.key();
        self.load_row(key)
    }

    fn load_two(&mut self) -> Vec<M> {
        let without = self.key();
        let keys = KEYS.filter(|&key| key != without);
        keys.map(|key| self.load_row(key)).collect()
    }

    fn load_row(&mut self, key: i64) -> M {
        let begun = self.session.begin("load");
        let found = self.client.find(key);
        self.session.found(begun, found.row(), Some(&found));
        found
    }

    fn stamp_all(&mut self, values: &mut [M]) -> Stamp {
        let stamp = self.history.stamp();
        let side = self.side();
        for value in values {
            value.put(side, stamp);
        }
        stamp
    }

    fn key(&mut self) -> i64 {
        let keys = KEYS.end() - KEYS.start() + 1;
        KEYS.start() + i64::try_from(self.random.below(keys.unsigned_abs())).unwrap()
    }

    fn side(&mut self) -> Side {
        [Side::Left, Side::Right][usize::from(self.random.below(2) == 0)]
    }

    fn saved(&self, name: &str) {
        *self
            .answers
            .lock()
            .unwrap()
            .entry(format!("{name}: saved"))
            .or_default() += 1;
    }

    /// The only failures are conflicts, and rows that are behind where a client does not wait for what others wrote.
    fn answered(&self, name: &str, error: &Error) {
        assert!(error.is_conflict() || error.is_behind(), "{}", told(error));
        let what = match error {
            Error::ConcurrentModification(conflict) => match conflict.found() {
                optlock::Found::Modified { .. } => "changed",
                optlock::Found::Older { .. } => "behind",
                optlock::Found::TransactionAborted => "aborted",
                other => panic!("{other:?}"),
            },
            Error::MergeConflict(_) => "the same fields",
            Error::BatchConflict(_) => "rows of the batch changed",
            Error::Database(_) => "1213 at COMMIT",
            other => panic!("{}", told(other)),
        };
        *self
            .answers
            .lock()
            .unwrap()
            .entry(format!("{name}: {what}"))
            .or_default() += 1;
    }
}

/// Xorshift: the same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
