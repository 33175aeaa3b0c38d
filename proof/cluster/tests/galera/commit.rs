//! Transactions on two nodes that have both matched their row: the COMMIT decides.

use crate::setting::{client, everywhere, rows};
use optlock::Error;
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{FACES, Served};
use optlock_proof_cluster::rows::{Counted, Side, Tagged};
use optlock_proof_cluster::told;
use std::collections::BTreeMap;
use std::sync::{Barrier, Mutex};

const ROUNDS: usize = 15;

/// Where a loser has met the conflict, and how often.
type Places = Mutex<BTreeMap<&'static str, usize>>;

#[test]
fn of_two_that_commit_at_once_one_meets_a_conflict_and_has_its_values_back() {
    let places = Places::default();
    for faces in [FACES, [FACES[1], FACES[0]]] {
        commit_at_once::<Counted>(faces, &places);
        commit_at_once::<Tagged>(faces, &places);
    }
    println!(
        "of {} losers: {:?}",
        4 * ROUNDS,
        places.into_inner().unwrap()
    );
}

fn commit_at_once<M: Served>(faces: [Face; 2], places: &Places) {
    let nodes = rows::<M>(1..=2);
    let mut clients = [0, 1].map(|node| client::<M>(&nodes[node], faces[node], 3));
    for round in 1..=ROUNDS {
        let round = round as u64;
        let ready = Barrier::new(2);
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = clients
                .iter_mut()
                .zip([Side::Left, Side::Right])
                .map(|(client, side)| {
                    let ready = &ready;
                    scope.spawn(move || {
                        let before = vec![client.find(1), client.find(2)];
                        let mut values = before.clone();
                        let edit = |value: &mut M| value.put(side, Stamp(round));
                        ready.wait();
                        let result = client.transaction(&mut values, &edit, &|| {
                            ready.wait();
                        });
                        (side, before, values, result)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let rows = [1, 2].map(|key| everywhere::<M>(&nodes, key));
        let lost = results
            .iter()
            .filter(|(.., result)| result.is_err())
            .count();
        assert_eq!(lost, 1, "{results:?}");
        for (side, before, values, result) in results {
            match result {
                Ok(()) => assert_eq!(values, rows, "the winner's values are in the rows"),
                Err(error) => {
                    assert_eq!(values, before, "put back");
                    assert!(
                        error.is_conflict() && error.is_transient(),
                        "{}",
                        told(&error)
                    );
                    assert!(!error.outcome_unknown(), "{}", told(&error));
                    let stamps = rows.each_ref().map(|row| row.contents());
                    let written = stamps.map(|contents| match side {
                        Side::Left => contents.left,
                        Side::Right => contents.right,
                    });
                    assert!(written.iter().all(|stamp| stamp.0 < round), "{written:?}");
                    *places.lock().unwrap().entry(place(&error)).or_default() += 1;
                }
            }
        }
    }
}

/// Did a statement of the transaction meet the conflict, or its end?
fn place(error: &Error) -> &'static str {
    match error {
        Error::ConcurrentModification(_) => "at a save",
        Error::Database(_) => "at COMMIT",
        other => panic!("{}", told(other)),
    }
}
