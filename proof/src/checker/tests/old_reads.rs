//! Reads that may be old, but not invented.

use super::*;
use crate::history::Reading;

fn reading(time: (u64, u64), since: u64, found: Option<Contents>) -> Reading {
    Reading {
        session: 5,
        face: Face::Blocking,
        name: "load on the replica",
        row: ROW,
        since: since * 1_000,
        began: time.0 * 1_000,
        ended: time.1 * 1_000,
        found,
        stream: None,
    }
}

/// Three states, of which the last one began at 40.
fn with(readings: Vec<Reading>) -> Epoch {
    let calls = vec![save(1, at(0, 10), 1, 2, 10), save(1, at(40, 50), 2, 3, 20)];
    Epoch {
        readings,
        ..epoch(contents(1, 0, 0), calls, contents(3, 20, 0))
    }
}

#[test]
fn an_old_state_is_right_and_an_invented_one_is_not() {
    for old in [contents(1, 0, 0), contents(2, 10, 0), contents(3, 20, 0)] {
        accepted(&with(vec![reading((60, 70), 0, Some(old))]));
    }
    for invented in [Some(contents(2, 20, 0)), Some(contents(4, 20, 0)), None] {
        rejected(
            &with(vec![reading((60, 70), 0, invented)]),
            Rule::Linearizable,
        );
    }
    // Nor is it one that comes only later.
    let early = reading((20, 30), 0, Some(contents(3, 20, 0)));
    rejected(&with(vec![early]), Rule::Linearizable);
}

#[test]
fn a_snapshot_is_not_older_than_its_transaction() {
    accepted(&with(vec![reading((60, 70), 30, Some(contents(2, 10, 0)))]));
    let older = reading((60, 70), 30, Some(contents(1, 0, 0)));
    rejected(&with(vec![older]), Rule::Linearizable);
}

#[test]
fn one_session_on_one_node_never_goes_back() {
    let two = |stream| {
        let of = |time, found| Reading {
            stream,
            ..reading(time, 0, Some(found))
        };
        vec![
            of((60, 70), contents(2, 10, 0)),
            of((80, 90), contents(1, 0, 0)),
        ]
    };
    accepted(&with(two(None)));
    rejected(&with(two(Some(1))), Rule::Linearizable);
    let mut forth = two(Some(1));
    forth.reverse();
    forth[0].began = 52_000;
    forth[0].ended = 55_000;
    accepted(&with(forth));
}
