//! What a violation looks like.

use super::*;

#[test]
fn a_history_that_has_no_order_is_short_and_says_what_is_impossible() {
    let mut calls = vec![
        save(1, at(0, 10), 1, 2, 10),
        load(2, at(20, 30), contents(2, 10, 0)),
        save(1, at(40, 50), 2, 3, 20),
        load(1, at(100, 110), contents(3, 20, 0)),
        load(2, at(100, 115), contents(3, 20, 0)),
        save(1, at(120, 130), 3, 4, 30),
        save(2, at(125, 140), 3, 4, 40),
        force(3, unanswered(60), 99),
    ];
    calls.extend((0..20_u32).map(|number| {
        let began = 200 + u64::from(number) * 10;
        load(4, at(began, began + 5), contents(4, 40, 0))
    }));
    let wrong = epoch(contents(1, 0, 0), calls, contents(4, 40, 0));
    let violation = rejected(&wrong, Rule::Linearizable);
    let expected = "\
contacts 1: no order of these calls, one after another, explains what they found
found at the beginning: version 3, left 20, right 0
     session  face      operation               began µs  ended µs  time   required   made                left
#1   3        blocking  force_save (no answer)  0         -         [----  a row      version ?, left 99  -
#2   1        blocking  save_checked            60        70         [-]   version 3  version 4, left 30  -
#3   2        blocking  save_checked            65        80          [-]  version 3  version 4, left 40  -
the longest order that explains them: #2; the row then holds: version 4, left ?, right 0
one of these has to be next, and cannot: #3
without an answer, and of no help there: #1
";
    assert_eq!(violation.to_string(), expected);
}

#[test]
fn a_broken_rule_says_so_in_one_sentence() {
    let calls = vec![
        save(1, at(0, 10), 1, 2, 10),
        load(2, at(20, 30), contents(1, 0, 0)),
    ];
    let wrong = epoch(contents(1, 0, 0), calls, contents(2, 10, 0));
    let violation = rejected(&wrong, Rule::AcknowledgedStays);
    let expected = "\
contacts 1: save_checked of session 1 wrote left 10 and was acknowledged, and nobody wrote left after it, but load of \
session 2 found left 0
     session  face      operation     began µs  ended µs  time  required                    made                left
#1   1        blocking  save_checked  0         10        []    version 1                   version 2, left 10  -
#2   2        blocking  load          20        30          []  version 1, left 0, right 0  -                   -
";
    assert_eq!(violation.to_string(), expected);
}
