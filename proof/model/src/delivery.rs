//! A statement on its way to the server, and its answer on the way back.
//!
//! **An answer that is lost** leaves its client with a write that may be in the database, or still wait
//! there for a lock. The client has its values as they were, and asks what became of the write by a read
//! that waits behind it.
//!
//! **A future that is dropped** is worse, because its connection may go on. Some drivers throw away an
//! answer that nobody waits for. Others give it to the next statement, which then reports what the
//! dropped one did. And a transaction whose future was dropped is still open. So in both cases the
//! connection is given up: nothing is sent through it any more.

use crate::client::{Connection, Doing};
use crate::contents::ClientId;
use crate::database::UnderWay;
use crate::event::{End, Event, Resolved};
use crate::scenario::Driver;
use crate::state::State;
use crate::statement::{Reply, Statement};
use crate::system::System;

/// What becomes of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// It waits for a lock for too long, or is the victim of a deadlock.
    GivesUpWaiting,
    /// The connection is lost before the server has the statement.
    NeverArrives,
    /// The connection is lost before the client has the answer.
    AnswerLost,
    /// The server has it, and the client drops the future that waits for the answer.
    Dropped,
}

impl Fate {
    pub(crate) fn is_fault(self) -> bool {
        match self {
            Self::Answered | Self::GivesUpWaiting => false,
            Self::NeverArrives | Self::AnswerLost | Self::Dropped => true,
        }
    }
}

impl State {
    /// Sends the next statement of a client.
    pub(crate) fn send(
        &mut self,
        id: ClientId,
        fate: Fate,
        system: &System,
        events: &mut Vec<Event>,
    ) -> Option<()> {
        if self.waits_for_own(id) {
            return None;
        }
        let clock = self.database.clock;
        let statement = self.client(id).statement(clock, &system.protocol)?;
        let is_in_unit = matches!(self.client(id).doing, Doing::Unit(_));
        let commits = statement == Statement::Commit;
        let reads = matches!(statement, Statement::Read(_) | Statement::ReadLocked(_));
        if reads && matches!(fate, Fate::NeverArrives | Fate::AnswerLost) {
            // A read that fails has changed nothing.
            return None;
        }
        if fate == Fate::NeverArrives {
            self.lose_connection(id);
            let end = self.client_mut(id).lose_answer(is_in_unit && !commits);
            self.end(id, end, system, events);
            return Some(());
        }
        events.push(Event::Sent(statement));
        let reply = self
            .database
            .execute(id, statement, &system.protocol, events);
        self.judge(events);
        match (fate, reply) {
            (Fate::Answered, Some(reply)) => self.answer(id, statement, reply, system, events),
            (Fate::GivesUpWaiting, None) if is_in_unit => {
                self.database.roll_back(id);
                self.end(id, End::Failed, system, events);
            }
            (Fate::AnswerLost, reply) => {
                if reply.is_none() {
                    self.leave(id, statement, false, events)?;
                }
                self.lose_connection(id);
                let end = self.client_mut(id).lose_answer(is_in_unit && !commits);
                self.end(id, end, system, events);
            }
            (Fate::Dropped, reply) => {
                self.drop_future(id, statement, reply, system, events)?;
            }
            // It waits, or it does not.
            _ => return None,
        }
        Some(())
    }

    /// The client gets an answer: to this statement, if its connection is in step.
    fn answer(
        &mut self,
        id: ClientId,
        statement: Statement,
        reply: Reply,
        system: &System,
        events: &mut Vec<Event>,
    ) {
        let clock = self.database.clock;
        let client = self.client_mut(id);
        let reply = match &mut client.connection {
            Connection::OutOfStep(stale) => std::mem::replace(stale, reply),
            Connection::InStep | Connection::GivenUp => reply,
        };
        events.push(Event::Answered(reply));
        if let Some(end) = client.receive(statement, reply, clock, &system.protocol) {
            if end == End::Resolved(Resolved::NotLanded) {
                for left in &mut self.database.under_way {
                    left.was_denied |= left.by == id;
                }
            }
            self.end(id, end, system, events);
        }
    }

    /// The future of an operation is dropped while its statement is at the server.
    fn drop_future(
        &mut self,
        id: ClientId,
        statement: Statement,
        reply: Option<Reply>,
        system: &System,
        events: &mut Vec<Event>,
    ) -> Option<()> {
        let driver = system.scenario.faults.drops_futures?;
        let is_in_unit = matches!(self.client(id).doing, Doing::Unit(_));
        // Whether the transaction has ended nobody knows: not even behind its COMMIT.
        let gives_up =
            system.protocol.gives_up_connections && (driver == Driver::OutOfStep || is_in_unit);
        if reply.is_none() {
            self.leave(id, statement, !gives_up, events)?;
        }
        if gives_up {
            self.lose_connection(id);
            self.client_mut(id).connection = Connection::GivenUp;
        } else if driver == Driver::OutOfStep {
            self.client_mut(id).connection = match (self.client(id).connection, reply) {
                (Connection::InStep, Some(reply)) => Connection::OutOfStep(reply),
                (connection, _) => connection,
            };
        }
        let reads = matches!(statement, Statement::Read(_) | Statement::ReadLocked(_));
        let has_failed = reads || (is_in_unit && statement != Statement::Commit);
        let end = self.client_mut(id).lose_answer(has_failed);
        self.end(id, end, system, events);
        Some(())
    }

    /// Leaves a statement in the server that waits for a lock. In a transaction nothing comes of
    /// it: its connection is closed.
    fn leave(
        &mut self,
        by: ClientId,
        statement: Statement,
        is_connected: bool,
        events: &mut Vec<Event>,
    ) -> Option<()> {
        if self.database.has_open(by) {
            // Of a protocol that goes on with such a connection the model has no more than it
            // needs.
            return (!is_connected).then_some(());
        }
        let Statement::Write(write) = statement else {
            return None;
        };
        events.push(Event::Left);
        self.database.under_way.push(UnderWay {
            by,
            write,
            is_connected,
            was_denied: false,
        });
        Some(())
    }

    /// The server closes the connection of a client, and rolls back what is open on it. (It may
    /// take a while until it notices: for others that is a lock which is held longer.)
    fn lose_connection(&mut self, id: ClientId) {
        self.database.roll_back(id);
        for left in &mut self.database.under_way {
            left.is_connected &= left.by != id;
        }
        self.client_mut(id).connection = Connection::InStep;
    }

    /// Statements of one connection are executed in their order.
    fn waits_for_own(&self, id: ClientId) -> bool {
        let mut left = self.database.under_way.iter();
        left.any(|left| left.by == id && left.is_connected)
    }

    /// A write that waited for a lock has it.
    pub(crate) fn land(
        &mut self,
        index: usize,
        system: &System,
        events: &mut Vec<Event>,
    ) -> Option<()> {
        let left = *self.database.under_way.get(index)?;
        let statement = Statement::Write(left.write);
        events.push(Event::Sent(statement));
        let reply = self
            .database
            .execute(left.by, statement, &system.protocol, events)?;
        self.database.under_way.remove(index);
        self.judge(events);
        if left.is_connected && system.scenario.faults.drops_futures == Some(Driver::OutOfStep) {
            self.client_mut(left.by).connection = Connection::OutOfStep(reply);
        }
        if reply.rows() == 1 {
            let row = left.write.row;
            self.client_mut(left.by).doubts[usize::from(row.0)].has_lost_own = true;
            let landed = Event::Landed {
                by: left.by,
                row,
                was_denied: left.was_denied,
            };
            self.judge(std::slice::from_ref(&landed));
            events.push(landed);
        }
        Some(())
    }
}
