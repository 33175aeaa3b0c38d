//! Everything there is at one moment, and what one step makes of it.
//!
//! In one step a client sends one statement, the database executes it, and the client gets the
//! answer; or something goes wrong on the way. What a client does by itself between two statements
//! nobody else can see, so it is part of the step. Between the steps of one client come those of
//! all others, in each order that is possible.

use crate::client::{Client, Connection, Doing};
use crate::contents::{ClientId, Edit, RowId};
use crate::database::Database;
use crate::delivery::Fate;
use crate::event::{Committed, End, Ended, Event};
use crate::one_row::How;
use crate::operation::Operation;
use crate::promise::{Promise, Promises};
use crate::scenario::Scenario;
use crate::system::System;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub database: Database,
    pub clients: Vec<Client>,
    pub faults_left: u8,
    pub has_failed_over: bool,
    /// What the last step has broken.
    pub broken: Promises,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A client calls an operation, which sends its first statement.
    Calls(ClientId, Operation, Fate),
    /// The operation of a client sends its next statement.
    GoesOn(ClientId, Fate),
    /// The call of a client is refused, because its connection is given up; it takes another one.
    IsRefused(ClientId),
    /// A write that waited in the server gets its lock.
    Lands(usize),
    ClockMoves(u8),
    LeaseExpires,
    /// The replica has what was committed.
    Replicates,
    /// The replica takes over. (While no operation is under way: one that is has lost its
    /// connection, which is another fault.)
    FailsOver,
}

impl State {
    pub fn new(system: &System) -> Self {
        let Scenario {
            clients,
            rows,
            operations,
            faults,
            ..
        } = system.scenario;
        Self {
            database: Database::new(system.protocol.tokens, rows, clients, faults.fails_over),
            clients: (0..clients)
                .map(|id| Client::new(ClientId(id), rows, operations))
                .collect(),
            faults_left: faults.at_most,
            has_failed_over: false,
            broken: Promises::default(),
        }
    }

    pub fn client(&self, id: ClientId) -> &Client {
        &self.clients[usize::from(id.0)]
    }

    /// Was the promise kept in the last step?
    pub fn keeps(&self, promise: Promise) -> bool {
        !self.broken.contains(promise)
    }

    pub(crate) fn client_mut(&mut self, id: ClientId) -> &mut Client {
        &mut self.clients[usize::from(id.0)]
    }

    /// What happens in a step. `None`: it cannot be taken.
    pub fn take(&mut self, action: Action, system: &System) -> Option<Vec<Event>> {
        self.broken = Promises::default();
        if let Action::Calls(_, _, fate) | Action::GoesOn(_, fate) = action {
            if fate.is_fault() {
                self.faults_left = self.faults_left.checked_sub(1)?;
            }
        }
        let mut events = Vec::new();
        match action {
            Action::Calls(id, operation, fate) => {
                let clock = self.database.clock;
                self.client_mut(id)
                    .begin(operation, clock, &system.protocol)?;
                self.send(id, fate, system, &mut events)?;
            }
            Action::GoesOn(id, fate) => self.send(id, fate, system, &mut events)?,
            Action::IsRefused(id) => {
                self.client_mut(id).connection = Connection::InStep;
                events.push(ended(id, End::ConnectionBroken));
            }
            Action::Lands(index) => self.land(index, system, &mut events)?,
            Action::ClockMoves(to) => self.database.clock = to,
            Action::LeaseExpires => self.database.lease.is_expired = true,
            Action::Replicates => {
                let committed = self.database.rows.iter().map(|row| row.committed);
                self.database.replica = Some(committed.collect());
            }
            Action::FailsOver => self.fail_over(),
        }
        Some(events)
    }

    fn fail_over(&mut self) {
        let Some(replica) = self.database.replica.take() else {
            return;
        };
        for (index, found) in replica.into_iter().enumerate() {
            let row = &mut self.database.rows[index];
            if row.committed == found {
                continue;
            }
            row.committed = found;
            for client in &mut self.clients {
                client.doubts[index].is_overtaken = true;
            }
        }
        self.has_failed_over = true;
    }

    /// The operation of a client ends.
    pub(crate) fn end(&mut self, id: ClientId, end: End, system: &System, events: &mut Vec<Event>) {
        let (rows, edit) = written_by(&self.client(id).doing);
        let keeps_memory = self.client_mut(id).end(end, &system.protocol);
        let ended = Event::Ended(Ended {
            by: id,
            end,
            rows,
            edit,
            keeps_memory,
        });
        self.judge(std::slice::from_ref(&ended));
        events.push(ended);
    }

    /// Judges what has just happened, and lets the clients' values know that another client has
    /// written their row.
    pub(crate) fn judge(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Committed(Committed { by, row, .. }) = event {
                for client in self.clients.iter_mut().filter(|client| client.id != *by) {
                    client.doubts[usize::from(row.0)].is_overtaken = true;
                }
            }
        }
        self.broken = self.broken.and(Promises::broken_by(events, self));
    }
}

/// The end of an operation that was to write nothing.
fn ended(by: ClientId, end: End) -> Event {
    Event::Ended(Ended {
        by,
        end,
        rows: Vec::new(),
        edit: None,
        keeps_memory: true,
    })
}

/// What an operation writes, or asks for: the rows, and the edit.
fn written_by(doing: &Doing) -> (Vec<RowId>, Option<Edit>) {
    match doing {
        Doing::OneRow(one_row) => {
            let edit = (one_row.how != How::Deleted).then_some(one_row.edit);
            (vec![one_row.write.row], edit)
        }
        Doing::Unit(unit) => (unit.order.rows().to_vec(), Some(unit.edit)),
        Doing::Resolving(attempt) => (vec![attempt.row], Some(attempt.edit)),
        Doing::Nothing | Doing::Loading(_) | Doing::Acquiring { .. } => (Vec::new(), None),
    }
}
