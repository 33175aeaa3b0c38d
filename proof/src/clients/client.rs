//! A client: it takes steps on a connection until it is stopped.

use super::connector::Connector;
use super::edit::Edit;
use super::held::{Held, Holds};
use super::lost;
use super::refusal;
use super::session::{Answer, AnySession, Failure, Operates};
use super::step::{Operation, Step, Table};
use super::tables::{Model, Numbered, Timed, Unique};
use crate::history::{Row, Stamp};
use crate::recorder::{Answered, Open, Recorder};
use optlock::Error;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A client of an epoch.
pub(super) struct Client {
    pub(super) recorder: Arc<Recorder>,
    connector: Connector,
    session: Option<Box<AnySession>>,
    pub(super) number: u32,
    pub(super) held: Held,
    stop: Arc<AtomicBool>,
}

/// How an operation ended.
pub(super) enum Ending<T> {
    Done(T),
    /// It was refused or has failed, and has no effect.
    Refused(Error),
    /// There is no answer. The error is missing where the future was dropped.
    Unknown(Open, Option<Error>),
}

/// An operation that is to be sent.
pub(super) struct Sent<'a> {
    pub(super) name: &'static str,
    /// What it may do if no answer comes.
    pub(super) may_do: Answered,
    /// The new stamps that it writes.
    pub(super) stamps: Vec<(Row, Stamp)>,
    pub(super) drop_after: Option<Duration>,
    /// What an error says, beside the conflicts in it.
    pub(super) saw: Option<&'a dyn Fn(&Error) -> Answered>,
}

/// The client was stopped before the operation could be sent.
pub(super) struct Stopped;

impl Client {
    pub(super) fn new(
        recorder: Arc<Recorder>,
        connector: Connector,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let number = recorder.session();
        Self {
            recorder,
            connector,
            session: None,
            number,
            held: Held::default(),
            stop,
        }
    }

    /// Takes steps until it is stopped.
    pub(super) fn run(mut self, mut rng: ChaCha8Rng) {
        while !self.stopped() {
            let step = Step::draw(&mut rng);
            let taken = match step.table {
                Table::Numbered => self.take::<Numbered>(&step),
                Table::Unique => self.take::<Unique>(&step),
                Table::Timed => self.take::<Timed>(&step),
            };
            if taken.is_ok() {
                std::thread::sleep(step.pause);
            }
        }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn take<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        match step.operation {
            Operation::Load => self.load::<M>(step.key()).map(drop),
            Operation::Check => self.check::<M>(step),
            Operation::Refresh => self.refresh::<M>(step),
            Operation::Lock => self.lock::<M>(step),
            Operation::Save => self.save::<M>(step),
            Operation::Attempt => self.attempt::<M>(step),
            Operation::Touch => self.touch::<M>(step),
            Operation::Force => self.force::<M>(step),
            Operation::Insert => self.insert::<M>(step),
            Operation::Delete => self.delete::<M>(step),
            Operation::Merge => self.merge::<M>(step),
            Operation::SaveAll => self.save_all::<M>(step),
            Operation::Transaction(end) => self.transaction::<M>(step, end),
            Operation::Retry => self.retry::<M>(step),
            Operation::Acquire => self.acquire::<M>(step, false),
            Operation::Steal => self.acquire::<M>(step, true),
            Operation::Renew => self.renew::<M>(step),
            Operation::Release => self.release::<M>(step),
            Operation::SaveLeased => self.save_leased::<M>(step),
        }
    }

    /// The connection, a new one if need be.
    fn session(&mut self) -> Result<&mut AnySession, Stopped> {
        while self.session.is_none() {
            if self.stopped() {
                return Err(Stopped);
            }
            match self.connector.connect() {
                Ok(session) => self.session = Some(session),
                Err(error) => {
                    self.recorder.answered(&format!(
                        "no connection: {}",
                        first_line(&error.to_string())
                    ));
                    std::thread::sleep(BETWEEN_CONNECTIONS);
                }
            }
        }
        self.session
            .as_deref_mut()
            .map(|session| session as _)
            .ok_or(Stopped)
    }

    /// Sends an operation, and records it. `did` is what it did if all went well.
    pub(super) fn operate<M: Model, T>(
        &mut self,
        sent: Sent<'_>,
        act: impl FnOnce(&mut AnySession) -> Answer<T>,
        did: impl FnOnce(&T) -> Answered,
    ) -> Result<Ending<T>, Stopped> {
        let Sent {
            name,
            may_do,
            stamps,
            drop_after,
            saw,
        } = sent;
        let recorder = Arc::clone(&self.recorder);
        let number = self.number;
        let session = self.session()?;
        session.drop_after(drop_after);
        let open = recorder.begin(number, session.face(), name, may_do.clone());
        let failure = match act(session) {
            Ok(value) => {
                recorder.end(&open, did(&value));
                recorder.answered("done");
                return Ok(Ending::Done(value));
            }
            Err(failure) => failure,
        };
        let error = match failure {
            Failure::Dropped => {
                recorder.answered("dropped");
                None
            }
            Failure::Failed(error) => {
                recorder.answered(&first_line(&refusal::kind(&error)));
                if refusal::ends_connection(&error) {
                    self.session = None;
                }
                Some(error)
            }
        };
        match error {
            Some(error) if !error.outcome_unknown() => {
                let mut seen = saw.map(|saw| saw(&error)).unwrap_or_default();
                seen.parts.extend(refusal::seen::<M>(&error));
                seen.refused = stamps;
                recorder.end(&open, seen);
                Ok(Ending::Refused(error))
            }
            error => {
                recorder.leave_open(&open, may_do);
                // The call can still take effect: what comes next is another session's.
                self.number = self.recorder.session();
                Ok(Ending::Unknown(open, error))
            }
        }
    }

    /// Another connection, on which the outcome of a save is looked for. It is not kept.
    pub(super) fn another_connection(&self) -> Option<Box<AnySession>> {
        lost::patiently(|| self.connector.connect().ok())
    }
}

impl Sent<'_> {
    /// An operation that writes nothing.
    pub(super) fn reading(name: &'static str) -> Self {
        Self {
            name,
            may_do: Answered::default(),
            stamps: Vec::new(),
            drop_after: None,
            saw: None,
        }
    }

    pub(super) fn writing(name: &'static str, may_do: impl Into<Answered>) -> Self {
        Self {
            may_do: may_do.into(),
            ..Self::reading(name)
        }
    }

    /// With the stamps that it writes into a row.
    pub(super) fn stamping(mut self, row: Row, edit: Edit) -> Self {
        self.stamps.extend(edit.stamps().map(|stamp| (row, stamp)));
        self
    }

    pub(super) fn dropped_after(self, drop_after: Option<Duration>) -> Self {
        Self { drop_after, ..self }
    }
}

/// What a database says in several lines is told in the first.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A server that is being started is not asked all the time.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(50);
