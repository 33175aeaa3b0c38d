//! A protocol in a scenario, and each step that can be taken in it.

use crate::client::{Client, Connection, Doing};
use crate::contents::Memory;
use crate::delivery::Fate;
use crate::event::Event;
use crate::operation::Operation;
use crate::protocol::Protocol;
use crate::scenario::{LAST_TICK, Scenario};
use crate::state::{Action, State};

/// A protocol in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    pub protocol: Protocol,
    pub scenario: Scenario,
}

impl System {
    /// The state after a step, and what happened in it. `None`: the step cannot be taken now,
    /// because its statement waits for a lock for example.
    pub fn step(&self, state: &State, action: Action) -> Option<(State, Vec<Event>)> {
        let mut next = state.clone();
        let events = next.take(action, self)?;
        Some((next, events))
    }

    /// Each step that may be possible.
    pub fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        for client in &state.clients {
            self.add_steps_of(client, state, &mut actions);
        }
        actions.extend((0..state.database.under_way.len()).map(Action::Lands));
        if state.database.lease.can_expire() {
            actions.push(Action::LeaseExpires);
        }
        let faults = self.scenario.faults;
        if faults.moves_the_clock {
            actions.extend((0..=LAST_TICK).map(Action::ClockMoves));
        }
        if faults.fails_over && !state.has_failed_over {
            actions.push(Action::Replicates);
            let mut clients = state.clients.iter();
            if clients.all(|client| client.doing == Doing::Nothing) {
                actions.push(Action::FailsOver);
            }
        }
        actions
    }

    fn add_steps_of(&self, client: &Client, state: &State, actions: &mut Vec<Action>) {
        let id = client.id;
        let fates = self.fates(state);
        if client.doing != Doing::Nothing {
            actions.extend(fates.map(|fate| Action::GoesOn(id, fate)));
            return;
        }
        if client.connection == Connection::GivenUp {
            actions.push(Action::IsRefused(id));
            return;
        }
        for operation in self.scenario.menu {
            if operation.fits(self.scenario.rows) && is_worth_while(*operation, client, state) {
                let fates = fates.clone();
                actions.extend(fates.map(|fate| Action::Calls(id, *operation, fate)));
            }
        }
    }

    /// What can become of a statement.
    fn fates(&self, state: &State) -> impl Iterator<Item = Fate> + Clone + use<> {
        let faults = self.scenario.faults;
        let is_lost = state.faults_left > 0 && faults.loses_answers;
        let is_dropped = state.faults_left > 0 && faults.drops_futures.is_some();
        let lost = [Fate::NeverArrives, Fate::AnswerLost].into_iter();
        [Fate::Answered, Fate::GivesUpWaiting]
            .into_iter()
            .chain(lost.filter(move |_| is_lost))
            .chain(is_dropped.then_some(Fate::Dropped))
    }
}

/// A load that tells its client nothing new is left out.
fn is_worth_while(operation: Operation, client: &Client, state: &State) -> bool {
    let Operation::Load(row) = operation else {
        return true;
    };
    let known = client.memory[usize::from(row.0)];
    let found = state.database.committed(row).map(Memory::of);
    client.connection != Connection::InStep || known != found
}
