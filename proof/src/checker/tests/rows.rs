//! Answers to calls that all had one.

use super::*;
use crate::history::Refused;

#[test]
fn saves_one_after_another_are_right() {
    let calls = vec![
        load(1, at(0, 10), contents(1, 0, 0)),
        save(1, at(20, 30), 1, 2, 10),
        load(2, at(40, 50), contents(2, 10, 0)),
        save(2, at(60, 70), 2, 3, 20),
        conflict(1, at(80, 90), 2),
    ];
    let checked = accepted(&epoch(contents(1, 0, 0), calls, contents(3, 20, 0)));
    assert_eq!((checked.rows, checked.calls, checked.unknown), (1, 5, 0));
}

#[test]
fn calls_that_overlap_may_come_in_any_order() {
    // The load that began last sees what was before, and the one that began first what is behind.
    let calls = vec![
        load(1, at(0, 100), contents(2, 10, 0)),
        save(2, at(10, 90), 1, 2, 10),
        load(3, at(20, 30), contents(1, 0, 0)),
    ];
    accepted(&epoch(contents(1, 0, 0), calls, contents(2, 10, 0)));
}

#[test]
fn a_lost_update_is_found() {
    let calls = vec![
        load(1, at(0, 10), contents(1, 0, 0)),
        load(2, at(0, 10), contents(1, 0, 0)),
        save(1, at(20, 30), 1, 2, 10),
        save(2, at(25, 35), 1, 2, 20),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 20, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_stale_read_behind_an_acknowledged_write_is_found() {
    let calls = vec![
        save(1, at(0, 10), 1, 2, 10),
        load(2, at(20, 30), contents(1, 0, 0)),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 10, 0));
    let violation = rejected(&wrong, Rule::AcknowledgedStays);
    assert!(
        violation.to_string().contains("wrote left 10"),
        "{violation}"
    );
}

#[test]
fn a_read_that_goes_back_while_a_write_is_under_way_is_found() {
    let calls = vec![
        save(1, at(0, 100), 1, 2, 10),
        load(2, at(10, 20), contents(2, 10, 0)),
        load(3, at(30, 40), contents(1, 0, 0)),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_conflict_without_another_write_is_found() {
    let calls = vec![
        load(1, at(0, 10), contents(1, 0, 0)),
        conflict(1, at(20, 30), 1),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(1, 0, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn an_acknowledged_write_that_is_not_in_is_found() {
    let calls = vec![save(1, at(0, 10), 1, 2, 10)];
    let wrong = epoch(contents(1, 0, 0), calls.clone(), contents(1, 0, 0));
    rejected(&wrong, Rule::AcknowledgedStays);
    // Nor may the row be gone.
    let gone = Epoch {
        after: Vec::new(),
        ..wrong.clone()
    };
    rejected(&gone, Rule::AcknowledgedStays);
    // Whether a write that overlaps came before or behind is not known: the search decides.
    let calls = [calls, vec![save(2, at(5, 15), 2, 3, 20)]].concat();
    accepted(&epoch(contents(1, 0, 0), calls.clone(), contents(3, 20, 0)));
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_deleted_row_that_is_there_is_found() {
    let calls = vec![delete(1, at(0, 10), 1)];
    let wrong = epoch(contents(1, 5, 0), calls.clone(), contents(1, 5, 0));
    rejected(&wrong, Rule::AcknowledgedStays);
    let right = Epoch {
        after: Vec::new(),
        ..wrong
    };
    accepted(&right);
}

fn refused(stamp: u64) -> Refused {
    Refused {
        session: 1,
        unit: 1,
        face: Face::Waiting,
        name: "save_checked",
        row: ROW,
        began: 0,
        ended: 10_000,
        stamp: Stamp(stamp),
    }
}

#[test]
fn a_refused_write_that_is_in_is_found() {
    let calls = vec![
        save(2, at(0, 10), 1, 2, 10),
        load(3, at(20, 30), contents(2, 10, 0)),
    ];
    let right = Epoch {
        refused: vec![refused(11)],
        ..epoch(contents(1, 0, 0), calls, contents(2, 10, 0))
    };
    accepted(&right);
    let seen = Epoch {
        refused: vec![refused(10)],
        calls: right.calls[1..].to_vec(),
        ..right.clone()
    };
    rejected(&seen, Rule::RefusedStaysOut);
    let at_the_end = Epoch {
        calls: Vec::new(),
        ..seen
    };
    rejected(&at_the_end, Rule::RefusedStaysOut);
}

#[test]
fn a_refused_write_of_another_row_says_nothing_of_this_one() {
    let elsewhere = Refused {
        row: OTHER,
        ..refused(10)
    };
    accepted(&Epoch {
        refused: vec![elsewhere],
        ..epoch(contents(1, 10, 0), Vec::new(), contents(1, 10, 0))
    });
}

#[test]
fn what_a_transaction_sees_of_itself_before_its_rollback_is_no_violation() {
    let own = Call {
        unit: 1,
        leaves: Some(contents(2, 10, 0)),
        ..save(1, at(0, 10), 1, 2, 11)
    };
    let own = Epoch {
        refused: vec![refused(10)],
        ..epoch(contents(1, 0, 0), vec![own], contents(2, 11, 0))
    };
    // It does not add up, but that is for others to say.
    rejected(&own, Rule::Linearizable);
}

#[test]
fn a_token_that_two_writes_made_is_found() {
    let calls = vec![
        save(1, at(0, 10), "a", "b", 10),
        save(2, at(20, 30), "b", "c", 20),
        save(1, at(40, 50), "c", "b", 30),
    ];
    let wrong = epoch(contents("a", 0, 0), calls, contents("b", 30, 0));
    rejected(&wrong, Rule::TokensAreUnique);
}

#[test]
fn a_time_that_is_not_later_than_the_one_before_it_is_found() {
    let [noon, later] = ["2026-11-29 12:00:00", "2026-11-29 12:00:00.000001"];
    let saved = |from, to| {
        let calls = vec![save(1, at(0, 10), from, to, 5)];
        epoch(contents(from, 1, 1), calls, contents(to, 5, 1))
    };
    accepted(&saved(noon, later));
    let violation = rejected(&saved(later, noon), Rule::TokensAreUnique).to_string();
    assert!(violation.contains("is not later than"), "{violation}");
    // UUIDs have no order.
    accepted(&saved("b", "a"));
}

#[test]
fn a_token_with_two_contents_is_found() {
    let calls = vec![
        load(1, at(0, 100), contents("b", 10, 0)),
        load(2, at(0, 100), contents("b", 20, 0)),
    ];
    let wrong = epoch(contents("a", 0, 0), calls, contents("b", 20, 0));
    rejected(&wrong, Rule::TokensAreUnique);
}

#[test]
fn a_token_that_was_drawn_in_vain_may_be_drawn_again() {
    let calls = vec![
        save(1, unanswered(0), "a", "b", 10),
        save(2, at(0, 10), "a", "b", 20),
    ];
    accepted(&epoch(contents("a", 0, 0), calls, contents("b", 20, 0)));
}

#[test]
fn a_number_that_comes_again_by_accident_is_right_for_a_register() {
    // The chapter on tokens tells it: the value of a deleted row matches the new one. With a UUID
    // it cannot.
    let calls = vec![
        load(1, at(0, 10), contents(1, 0, 0)),
        delete(2, at(20, 30), 1),
        insert(2, at(40, 50), contents(1, 7, 8)),
        save(1, at(60, 70), 1, 2, 10),
    ];
    accepted(&epoch(contents(1, 0, 0), calls, contents(2, 10, 8)));
}

#[test]
fn a_write_of_one_column_leaves_the_other() {
    let right_column = |session, time, expected: i64, right| Call {
        makes: Makes::Change {
            version: Some((expected + 1).version()),
            left: None,
            right: Some(Stamp(right)),
        },
        leaves: Some(contents(expected + 1, 10, right)),
        ..save(session, time, expected, 0, 0)
    };
    let calls = vec![
        save(1, at(0, 10), 1, 2, 10),
        conflict(2, at(20, 40), 1),
        right_column(2, at(20, 40), 2, 20),
    ];
    accepted(&epoch(
        contents(1, 0, 0),
        calls.clone(),
        contents(3, 10, 20),
    ));
    // A merge that overwrites what the other client wrote.
    let merged = Call {
        makes: Makes::Contents(contents(3, 0, 20)),
        leaves: None,
        ..calls[2].clone()
    };
    let calls = vec![
        calls[0].clone(),
        merged,
        load(3, at(50, 60), contents(3, 10, 20)),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(3, 10, 20));
    rejected(&wrong, Rule::AcknowledgedStays);
}

#[test]
fn what_a_caller_knows_to_be_behind_its_write_is_compared() {
    let wrong_memory = Call {
        leaves: Some(contents(2, 10, 5)),
        ..save(1, at(0, 10), 1, 2, 10)
    };
    let wrong = epoch(contents(1, 0, 0), vec![wrong_memory], contents(2, 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn half_a_batch_is_found() {
    let of_batch = |row, left| Call {
        unit: 7,
        row,
        ..save(1, at(0, 10), 1, 2, left)
    };
    let right = Epoch {
        before: vec![(ROW, contents(1, 0, 0)), (OTHER, contents(1, 0, 0))],
        calls: vec![of_batch(ROW, 10), of_batch(OTHER, 11)],
        after: vec![(ROW, contents(2, 10, 0)), (OTHER, contents(2, 11, 0))],
        ..Epoch::default()
    };
    assert_eq!(accepted(&right).rows, 2);
    let half = Epoch {
        after: vec![(ROW, contents(2, 10, 0)), (OTHER, contents(1, 0, 0))],
        ..right
    };
    let violation = rejected(&half, Rule::AllOrNothing);
    assert_eq!(violation.row(), OTHER);
}

#[test]
fn a_write_that_sets_a_lower_number_makes_that_number_come_again() {
    // The write that ends first needs what the other one makes.
    let calls = vec![save(1, at(0, 50), 5, 1, 10), save(2, at(0, 40), 1, 2, 20)];
    accepted(&epoch(contents(5, 0, 0), calls, contents(2, 20, 0)));
}

#[test]
fn calls_that_commute_are_not_tried_in_all_orders() {
    let calls: Vec<_> = (0..8).map(|session| touch(session, at(0, 100))).collect();
    let right = epoch(contents(1, 0, 0), calls, contents(9, 0, 0));
    assert_eq!(accepted(&right).states, 9);
    let wrong = Epoch {
        after: vec![(ROW, contents(10, 0, 0))],
        ..right
    };
    let history = &crate::checker::sightings::rows(&wrong)[0];
    let found = crate::checker::search::search(history);
    // All sets of eight, and not their 109,601 orders.
    assert_eq!((found.states, found.stuck.is_some()), (256, true));
}

#[test]
fn a_write_that_overwrites_a_column_which_its_client_had_not_seen_is_found() {
    let merge = |seen| Call {
        requires: Requires::Columns {
            left: Some(Stamp(seen)),
            right: None,
        },
        ..save(2, at(20, 30), 2, 3, 20)
    };
    let history = |seen| {
        let calls = vec![save(1, at(0, 10), 1, 2, 10), merge(seen)];
        epoch(contents(1, 0, 0), calls, contents(3, 20, 0))
    };
    accepted(&history(10));
    rejected(&history(0), Rule::Linearizable);
}
