//! Takes every step from every state, breadth first: so no way to a state is shorter than the one
//! that is found first.
//!
//! `stateright` 0.31 explores the same states, but reports the last violation that it meets before it stops, and not
//! the first: its ways are not the shortest, and they are what people read here.

use crate::promise::Promise;
use crate::state::{Action, State};
use crate::system::System;
use std::collections::{HashSet, VecDeque};

/// What an exploration has found.
#[derive(Debug, Clone)]
pub struct Explored {
    /// How many states were reached.
    pub states: usize,
    /// How many steps the longest of the ways has.
    pub steps: usize,
    /// All states were reached, and not only as many as were allowed.
    pub is_complete: bool,
    /// Each promise that is broken, and the shortest way there.
    pub broken: Vec<(Promise, Vec<Action>)>,
}

impl Explored {
    /// The shortest way to where the promise is broken.
    pub fn way_to(&self, promise: Promise) -> Option<&[Action]> {
        let mut broken = self.broken.iter();
        broken.find_map(|(other, way)| (*other == promise).then_some(&**way))
    }
}

/// When an exploration stops.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// All states are reached, or this many.
    States(usize),
    /// The promise is broken.
    Broken(Promise),
}

/// The last step on the way to a state, and the number of the state before.
struct Last {
    before: usize,
    action: Action,
    steps: usize,
}

/// Explores the states of a system.
pub fn explore(system: &System, until: Until) -> Explored {
    let first = State::new(system);
    let mut seen = HashSet::from([first.clone()]);
    let mut queue = VecDeque::from([(0_usize, first)]);
    // By the number of the state that it leads to, less one: no step leads to the first one.
    let mut lasts: Vec<Last> = Vec::new();
    let mut explored = Explored {
        states: 1,
        steps: 0,
        is_complete: true,
        broken: Vec::new(),
    };
    while let Some((number, state)) = queue.pop_front() {
        let steps = number.checked_sub(1).map_or(0, |last| lasts[last].steps);
        for action in system.actions(&state) {
            let Some((next, _)) = system.step(&state, action) else {
                continue;
            };
            if !seen.insert(next.clone()) {
                continue;
            }
            lasts.push(Last {
                before: number,
                action,
                steps: steps + 1,
            });
            explored.states += 1;
            explored.steps = steps + 1;
            for promise in Promise::ALL {
                if !next.keeps(promise) && explored.way_to(promise).is_none() {
                    explored.broken.push((promise, way(&lasts)));
                }
            }
            // Also if a promise is broken: another one may break later.
            queue.push_back((lasts.len(), next));
            let is_enough = match until {
                Until::States(most) => explored.states >= most,
                Until::Broken(promise) => explored.way_to(promise).is_some(),
            };
            if is_enough {
                explored.is_complete = false;
                return explored;
            }
        }
    }
    explored
}

/// The way to the state that was reached last.
fn way(lasts: &[Last]) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut number = lasts.len();
    while let Some(last) = number.checked_sub(1).map(|index| &lasts[index]) {
        actions.push(last.action);
        number = last.before;
    }
    actions.reverse();
    actions
}
