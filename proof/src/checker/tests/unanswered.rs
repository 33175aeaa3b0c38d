//! Calls that had no answer: they may take effect at any time, once, or never.

use super::*;

#[test]
fn a_write_that_had_no_answer_may_land_late_or_never() {
    let lost = save(1, unanswered(0), 2, 3, 10);
    let calls = vec![
        lost,
        load(2, at(20, 30), contents(1, 0, 0)),
        save(2, at(40, 50), 1, 2, 20),
    ];
    let never = epoch(contents(1, 0, 0), calls, contents(2, 20, 0));
    let checked = accepted(&never);
    assert_eq!((checked.unknown, checked.landed), (1, 0));
    let late = Epoch {
        after: vec![(ROW, contents(3, 10, 0))],
        ..never
    };
    let checked = accepted(&late);
    assert_eq!((checked.unknown, checked.landed), (1, 1));
}

#[test]
fn a_write_does_not_land_before_it_began() {
    let calls = vec![
        load(2, at(0, 10), contents(2, 10, 0)),
        save(1, unanswered(20), 1, 2, 10),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_write_that_landed_twice_is_found() {
    let twice = |found| {
        let calls = vec![
            force(1, unanswered(0), 10),
            load(2, at(20, 30), contents(2, 10, 0)),
            save(2, at(40, 50), 2, 3, 20),
            load(3, at(60, 70), found),
        ];
        epoch(contents(1, 0, 0), calls, contents(3, 20, 0))
    };
    accepted(&twice(contents(3, 20, 0)));
    let mut wrong = twice(contents(4, 10, 0));
    wrong.after = vec![(ROW, contents(4, 10, 0))];
    rejected(&wrong, Rule::AcknowledgedStays);
    // Also where it is only the version that moved on once more.
    let mut wrong = twice(contents(4, 20, 0));
    wrong.after = vec![(ROW, contents(4, 20, 0))];
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_touch_that_nobody_answered_explains_one_number_and_no_more() {
    let touched = |last| {
        let calls = vec![
            touch(1, unanswered(0)),
            save(2, at(20, 30), 1, 2, 20),
            load(2, at(40, 50), contents(last, 20, 0)),
        ];
        epoch(contents(1, 0, 0), calls, contents(last, 20, 0))
    };
    accepted(&touched(2));
    accepted(&touched(3));
    rejected(&touched(4), Rule::Linearizable);
}

#[test]
fn a_token_that_nobody_was_told_is_what_is_seen_later() {
    let calls = |second: &'static str| {
        vec![
            force(1, unanswered(0), 10),
            conflict(2, at(20, 30), "a"),
            load(2, at(40, 50), contents("x", 10, 0)),
            load(3, at(60, 70), contents(second, 10, 0)),
        ]
    };
    accepted(&epoch(
        contents("a", 0, 0),
        calls("x"),
        contents("x", 10, 0),
    ));
    // It is one token, and not another one for each who looks.
    let wrong = epoch(contents("a", 0, 0), calls("y"), contents("y", 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_token_that_nobody_was_told_is_none_that_another_write_made() {
    let calls = vec![
        save(2, at(0, 10), "a", "b", 10),
        touch(1, unanswered(20)),
        save(3, at(40, 50), "b", "c", 20),
    ];
    accepted(&epoch(
        contents("a", 0, 0),
        calls.clone(),
        contents("c", 20, 0),
    ));
    // "b" is what the save made, and none of the touches behind it.
    let calls = vec![
        calls[0].clone(),
        touch(1, at(20, 30)),
        load(2, at(35, 60), contents("b", 10, 0)),
        touch(1, at(40, 50)),
    ];
    let wrong = epoch(contents("a", 0, 0), calls, contents("x", 10, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_conflict_says_what_a_token_is_not() {
    // Nobody made "x": either the touch did, or there was no touch.
    let calls = |first, second| {
        vec![
            touch(1, unanswered(0)),
            conflict(2, at(10, 20), first),
            load(2, at(30, 40), contents(second, 0, 0)),
        ]
    };
    accepted(&epoch(
        contents("a", 0, 0),
        calls("y", "x"),
        contents("x", 0, 0),
    ));
    // A touch that took effect behind the conflict.
    accepted(&epoch(
        contents("a", 0, 0),
        calls("x", "x"),
        contents("x", 0, 0),
    ));
    let mut both = calls("x", "x");
    both.insert(1, conflict(3, at(5, 8), "a"));
    let wrong = epoch(contents("a", 0, 0), both, contents("x", 0, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn one_token_is_not_that_of_two_writes_without_an_answer() {
    let calls = vec![
        touch(1, unanswered(0)),
        touch(2, unanswered(0)),
        load(3, at(10, 20), contents("x", 0, 0)),
        conflict(3, at(30, 40), "x"),
        load(3, at(50, 60), contents("x", 0, 0)),
    ];
    let wrong = epoch(contents("a", 0, 0), calls, contents("x", 0, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn a_token_that_was_overwritten_does_not_come_again() {
    let overwritten = Call {
        makes: Makes::Change {
            version: Some("c".version()),
            left: None,
            right: None,
        },
        ..save(3, at(30, 40), "x", "c", 0)
    };
    let calls = vec![
        touch(1, unanswered(0)),
        touch(2, unanswered(0)),
        load(3, at(10, 20), contents("x", 0, 0)),
        overwritten,
        load(3, at(50, 60), contents("x", 0, 0)),
    ];
    let wrong = epoch(contents("a", 0, 0), calls, contents("x", 0, 0));
    rejected(&wrong, Rule::Linearizable);
}

#[test]
fn which_of_two_writes_of_one_stamp_landed_is_open() {
    // A save that had no answer, and was sent again: the stamp is that of both.
    let calls = vec![
        save(1, unanswered(0), 1, 2, 10),
        save(1, unanswered(0), 2, 3, 10),
        save(2, at(20, 30), 1, 2, 20),
    ];
    let checked = accepted(&epoch(contents(1, 0, 0), calls, contents(3, 10, 0)));
    assert_eq!(checked.landed, 0);
}

#[test]
fn states_that_are_alike_are_told_apart_by_the_calls_that_are_left() {
    // Each of the two leads to version 2; but only the force can follow the save.
    let calls = vec![
        force(1, unanswered(0), 10),
        save(2, unanswered(1), 1, 2, 11),
        save(3, at(20, 30), 3, 4, 20),
    ];
    accepted(&epoch(contents(1, 0, 0), calls, contents(4, 20, 0)));
}

/// A batch of two rows that had no answer.
fn batch(second: Call) -> Epoch {
    let first = Call {
        unit: 7,
        ..save(1, unanswered(0), 1, 2, 10)
    };
    let second = Call {
        unit: 7,
        row: OTHER,
        ..second
    };
    Epoch {
        before: vec![(ROW, contents(1, 0, 0)), (OTHER, contents(1, 0, 0))],
        calls: vec![first, second],
        after: vec![(ROW, contents(1, 0, 0)), (OTHER, contents(1, 0, 0))],
        ..Epoch::default()
    }
}

#[test]
fn a_batch_that_had_no_answer_is_in_with_all_its_rows_or_with_none() {
    let none = batch(save(1, unanswered(0), 1, 2, 11));
    accepted(&none);
    let all = Epoch {
        after: vec![(ROW, contents(2, 10, 0)), (OTHER, contents(2, 11, 0))],
        ..none.clone()
    };
    assert_eq!(accepted(&all).landed, 2);
    let half = Epoch {
        after: vec![(ROW, contents(2, 10, 0)), (OTHER, contents(1, 0, 0))],
        ..none
    };
    rejected(&half, Rule::AllOrNothing);
}

#[test]
fn a_row_of_a_batch_that_was_to_be_deleted_is_gone_when_another_one_was_seen() {
    let mut late = batch(delete(1, unanswered(0), 1));
    late.calls.push(load(3, at(5, 100), contents(2, 10, 0)));
    late.calls.push(load(2, at(10, 20), contents(2, 10, 0)));
    late.after = vec![(ROW, contents(2, 10, 0))];
    accepted(&late);
    // Behind the moment when the batch was seen, no row of it is as before.
    let there = Call {
        row: OTHER,
        ..load(2, at(30, 40), contents(1, 0, 0))
    };
    late.calls.push(there);
    rejected(&late, Rule::AllOrNothing);
}

/// A long history of saves by four clients that overlap, with many unanswered calls from its
/// beginning on.
fn long(unanswered_calls: Vec<Call>, saves: i64) -> Epoch {
    let mut calls = unanswered_calls;
    for version in 1..=saves {
        let began = version.unsigned_abs() * 100;
        let session = 10 + u32::try_from(version % 4).unwrap();
        let left = began + 1;
        calls.push(save(
            session,
            at(began, began + 120),
            version,
            version + 1,
            left,
        ));
        calls.push(conflict(20, at(began, began + 60), version - 1));
        calls.push(load(
            21,
            at(began + 10, began + 250),
            contents(version + 1, left, 0),
        ));
    }
    let last = saves.unsigned_abs() * 100 + 1;
    epoch(contents(1, 0, 0), calls, contents(saves + 1, last, 0))
}

fn many_unanswered() -> Vec<Call> {
    let mut calls = Vec::new();
    for number in 0..10 {
        calls.push(force(30, unanswered(number), 1_000_000 + number));
        calls.push(touch(31, unanswered(number)));
        let expected = 50 * i64::try_from(number).unwrap() + 3;
        calls.push(save(
            32,
            unanswered(number),
            expected,
            expected + 1,
            2_000_000 + number,
        ));
        calls.push(delete(33, unanswered(number), expected));
    }
    calls
}

#[test]
fn many_calls_without_an_answer_do_not_explode() {
    let checked = accepted(&long(many_unanswered(), 1_000));
    assert_eq!((checked.calls, checked.unknown), (3_040, 40));
    assert!(checked.states < 10_000, "{}", checked.states);
}

#[test]
fn nor_do_they_in_a_history_that_is_wrong_at_its_end() {
    let mut wrong = long(many_unanswered(), 1_000);
    // 21 numbers more than the writes without an answer can explain.
    let last = wrong.after[0].1.left.0;
    wrong.after = vec![(ROW, contents(1_022, last, 0))];
    let history = &super::super::sightings::rows(&wrong)[0];
    let found = super::super::search::search(history);
    assert!(found.stuck.is_some());
    assert!(found.states < 20_000, "{}", found.states);
}

#[test]
fn what_a_write_would_leave_as_it_was_does_not_tell_that_it_landed() {
    let whole = Call {
        makes: Makes::Contents(contents(2, 10, 5)),
        ..save(1, unanswered(0), 1, 2, 10)
    };
    let right = epoch(contents(1, 0, 5), vec![whole], contents(1, 0, 5));
    assert_eq!(accepted(&right).landed, 0);
}

#[test]
fn a_refusal_that_had_no_answer_is_no_part_of_what_landed() {
    let mut landed = batch(conflict(1, unanswered(0), 1));
    landed.after[0] = (ROW, contents(2, 10, 0));
    assert_eq!(accepted(&landed).landed, 1);
}

/// Two clients write one version at one time of a clock that stands still or goes back: one of the two is refused.
#[test]
fn a_time_that_was_seen_does_not_tell_which_of_two_writes_has_landed() {
    let [noon, later] = ["2026-11-29 12:00:00", "2026-11-29 12:00:00.000001"];
    let dropped = Call {
        makes: Makes::Change {
            version: None,
            left: Some(Stamp(10)),
            right: None,
        },
        ..save(1, unanswered(0), noon, later, 10)
    };
    let lost = save(2, unanswered(5), noon, later, 20);
    let both = |left| {
        let calls = vec![
            dropped.clone(),
            lost.clone(),
            load(3, at(20, 30), contents(later, left, 0)),
        ];
        epoch(contents(noon, 0, 0), calls, contents(later, left, 0))
    };
    assert_eq!(accepted(&both(10)).landed, 1);
    assert_eq!(accepted(&both(20)).landed, 1);
    rejected(&both(30), Rule::Linearizable);
}
