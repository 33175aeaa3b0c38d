//! The checker on random histories.

use super::operations::{Operation, operations, run};
use super::*;
use crate::checker::row::{After, RowHistory, Step};
use crate::checker::search::search;
use crate::checker::shrink::{known_behind, shrink, since, until};
use crate::checker::sightings::old;
use crate::history::Reading;
use proptest::prelude::*;
use proptest::sample::Index;

/// What makes a right history wrong, perhaps.
#[derive(Debug, Clone)]
enum Mutation {
    /// Two calls get each other's answers.
    Swap(Index, Index),
    Drop(Index),
    /// The answer is taken away.
    Forget(Index),
    /// The call is moved in time.
    Move(Index, u64),
    /// A number too many, or another token.
    Version(Index),
    /// A read becomes one that may be old, in a stream or not.
    Age(Index, Option<u64>),
    /// The end is what was at the beginning.
    End,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        2 => index().prop_map(Mutation::Drop),
        1 => index().prop_map(Mutation::Forget),
        3 => (index(), 0..160_u64).prop_map(|(call, to)| Mutation::Move(call, to)),
        2 => index().prop_map(Mutation::Version),
        3 => (index(), prop::option::of(0..2_u64)).prop_map(|(call, stream)| Mutation::Age(call, stream)),
        1 => Just(Mutation::End),
    ]
}

fn mutate(epoch: &mut Epoch, mutation: &Mutation) {
    let calls = &mut epoch.calls;
    let count = calls.len();
    if let Mutation::End = mutation {
        epoch.after.clone_from(&epoch.before);
        return;
    }
    if calls.is_empty() {
        return;
    }
    match mutation {
        Mutation::Swap(one, other) => {
            let (one, other) = (one.index(calls.len()), other.index(calls.len()));
            let answer = calls[one].clone();
            calls[one].requires = calls[other].requires.clone();
            calls[one].leaves = calls[other].leaves.clone();
            calls[other].requires = answer.requires;
            calls[other].leaves = answer.leaves;
        }
        Mutation::Drop(index) => {
            calls.remove(index.index(calls.len()));
        }
        Mutation::Forget(index) => {
            let call = &mut calls[index.index(count)];
            if call.makes != Makes::Nothing {
                call.ended = None;
                call.leaves = None;
            }
        }
        Mutation::Move(index, to) => {
            let call = &mut calls[index.index(count)];
            let length = call.ended.map(|ended| ended - call.began);
            call.began = to * 1_000;
            call.ended = length.map(|length| call.began + length);
        }
        Mutation::Version(index) => {
            let call = &mut calls[index.index(count)];
            match &mut call.requires {
                Requires::Contents(Contents { version, .. })
                | Requires::Version(version)
                | Requires::NotVersion(version) => match version {
                    Version::Number(number) => *number += 1,
                    Version::Token(token) => token.push('x'),
                },
                _ => {}
            }
        }
        Mutation::Age(index, stream) => {
            let index = index.index(count);
            let found = match &calls[index].requires {
                Requires::Contents(contents) => Some(contents.clone()),
                Requires::Absent => None,
                _ => return,
            };
            if calls[index].makes == Makes::Nothing {
                let call = calls.remove(index);
                let ended = call.ended.unwrap_or(call.began);
                // In a stream, one ends before the next one begins: these are apart from all
                // others.
                let apart = 1_000_000 * (1 + epoch.readings.len() as u64);
                let moved = if stream.is_some() { apart } else { 0 };
                epoch.readings.push(Reading {
                    session: call.session,
                    face: call.face,
                    name: call.name,
                    row: call.row,
                    since: call.began.saturating_sub(50_000),
                    began: call.began + moved,
                    ended: ended + moved,
                    found,
                    stream: *stream,
                });
            }
        }
        Mutation::End => {}
    }
}

/// The history of the row, without what is concluded from it.
fn plain(epoch: &Epoch) -> RowHistory {
    let first = |rows: &[(Row, Contents)]| rows.first().map(|(_, contents)| contents.clone());
    RowHistory {
        row: ROW,
        before: first(&epoch.before),
        steps: epoch
            .calls
            .iter()
            .map(Step::of)
            .chain(epoch.readings.iter().map(old))
            .collect(),
        after: After::Row(first(&epoch.after)),
    }
}

fn wrong(operations: &[Operation], are_tokens: bool, mutations: &[Mutation]) -> Epoch {
    let mut epoch = run(operations, are_tokens);
    mutations
        .iter()
        .for_each(|mutation| mutate(&mut epoch, mutation));
    epoch
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_made_one_after_another_is_accepted(
        operations in operations(0..60),
        are_tokens: bool,
    ) {
        let epoch = run(&operations, are_tokens);
        let checked = check(&epoch);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }

    #[test]
    fn it_agrees_with_a_checker_that_tries_all_orders(
        operations in operations(0..8),
        are_tokens: bool,
        mutations in prop::collection::vec(mutation(), 0..4),
    ) {
        let epoch = wrong(&operations, are_tokens, &mutations);
        let history = plain(&epoch);
        let is_right = brute::has_order(&history);
        prop_assert_eq!(search(&history).stuck.is_none(), is_right);
        match check(&epoch) {
            Ok(_) => prop_assert!(is_right, "{epoch:#?}"),
            // For a register a token may come again.
            Err(violation) if violation.rule() == Rule::TokensAreUnique => {}
            Err(violation) => prop_assert!(!is_right, "{violation}{epoch:#?}"),
        }
    }

    #[test]
    fn what_is_cut_off_a_right_history_leaves_a_right_one(
        operations in operations(0..12),
        are_tokens: bool,
    ) {
        let whole = plain(&run(&operations, are_tokens));
        let steps = whole.steps.iter().filter_map(|step| Some((step, step.by?)));
        for (step, time) in steps {
            let short = until(&whole, time);
            prop_assert!(search(&short).stuck.is_none(), "{short:#?}");
            if let Some(contents) = known_behind(step) {
                let short = since(&whole, step, time, contents);
                prop_assert!(search(&short).stuck.is_none(), "{short:#?}");
            }
        }
    }

    #[test]
    fn a_history_that_was_made_shorter_has_no_order_either(
        operations in operations(0..8),
        are_tokens: bool,
        mutations in prop::collection::vec(mutation(), 1..5),
    ) {
        let history = plain(&wrong(&operations, are_tokens, &mutations));
        if let Some(stuck) = search(&history).stuck {
            let (short, _) = shrink(&history, stuck);
            prop_assert!(short.steps.len() <= history.steps.len());
            prop_assert!(!brute::has_order(&short), "{short:#?}");
        }
    }
}
