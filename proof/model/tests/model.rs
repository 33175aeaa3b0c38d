//! optlock's protocol keeps the promise in each scenario, and each naive variant breaks it by the
//! way in the README.

use optlock_proof_model::explore::{Until, explore};
use optlock_proof_model::promise::Promise;
use optlock_proof_model::protocol::Protocol;
use optlock_proof_model::report::{Broken, Kept, TOKENS};
use optlock_proof_model::scenario::{self, SCENARIOS, Scenario};
use optlock_proof_model::system::System;
use optlock_proof_model::token::Tokens;
use optlock_proof_model::variants::VARIANTS;

const README: &str = include_str!("../README.md");

/// Explores a scenario with each token for which the promise is given.
fn is_kept_in(scenario: Scenario) {
    for tokens in TOKENS {
        if scenario.is_promised_for(tokens) {
            let kept = Kept::explore(tokens, scenario, usize::MAX);
            assert!(kept.is_kept(), "{}", kept.complaint());
            is_in_readme(&kept.line());
        }
    }
}

/// `cargo run -p optlock-proof-model` prints what the README should have.
#[track_caller]
fn is_in_readme(text: &str) {
    assert!(README.contains(text), "not in README.md:\n{text}");
}

macro_rules! scenarios {
    ($($test:ident: $scenario:ident,)*) => {
        $(
            #[test]
            fn $test() {
                is_kept_in(scenario::$scenario);
            }
        )*

        #[test]
        fn each_scenario_has_a_test() {
            assert_eq!(SCENARIOS, [$(scenario::$scenario),*]);
        }
    };
}

scenarios! {
    saves: SAVES,
    three_clients: THREE_CLIENTS,
    a_clock_that_stands_still_or_is_set_back: CLOCK,
    transactions: TRANSACTIONS,
    batches: BATCHES,
    leases: LEASES,
    lost_answers: LOST_ANSWERS,
    futures_dropped_in_step: DROPPED_IN_STEP,
    futures_dropped_out_of_step: DROPPED_OUT_OF_STEP,
    all_operations_and_faults: ALL,
    keys_that_return: KEYS_RETURN,
    a_failover: FAILOVER,
}

#[test]
fn each_naive_variant_breaks_its_promise_by_the_way_in_the_readme() {
    for variant in VARIANTS {
        let broken = Broken::explore(variant);
        assert!(broken.steps().is_some(), "not broken: {}", variant.name);
        is_in_readme(&broken.line());
        is_in_readme(&broken.section());
    }
}

/// A UUID turns the mistake into a conflict.
#[test]
fn values_that_are_not_put_back_lose_no_update_if_the_token_is_a_uuid() {
    let system = System {
        protocol: Protocol {
            puts_values_back: false,
            ..Protocol::optlock(Tokens::Uuid)
        },
        scenario: scenario::TRANSACTIONS,
    };
    let explored = explore(&system, Until::States(usize::MAX));
    assert!(explored.is_complete);
    assert!(explored.way_to(Promise::NoFalseConflict).is_some());
    assert!(explored.way_to(Promise::NothingLost).is_some());
    assert_eq!(explored.way_to(Promise::NoLostUpdate), None);
}
