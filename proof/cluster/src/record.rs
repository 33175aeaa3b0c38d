//! Writes down what clients do, as the checker of `optlock-proof` reads it.

use crate::rows::Line;
use optlock::{ConcurrentModification, Error, Found};
use optlock_proof::history::{
    Call, Contents, Epoch, Face, Makes, Reading, Refused, Requires, Row, Stamp, Version,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// What all clients of a scenario do.
#[derive(Debug)]
pub struct History {
    start: Instant,
    stamps: AtomicU64,
    units: AtomicU64,
    sessions: AtomicU32,
    epoch: Mutex<Epoch>,
}

/// A client of a history.
#[derive(Debug)]
pub struct Session<'h> {
    history: &'h History,
    number: u32,
    face: Face,
    /// Do its reads find the present state of a row? Else they may find an older one.
    reads_are_current: bool,
}

/// A call that has begun.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    name: &'static str,
    unit: u64,
    at: u64,
}

impl History {
    /// Begins with these rows, while nobody writes.
    pub fn new(rows: &[impl Line]) -> Self {
        let epoch = Epoch {
            before: states(rows),
            ..Epoch::default()
        };
        Self {
            start: Instant::now(),
            stamps: AtomicU64::new(0),
            units: AtomicU64::new(0),
            sessions: AtomicU32::new(0),
            epoch: Mutex::new(epoch),
        }
    }

    pub fn session(&self, face: Face, reads_are_current: bool) -> Session<'_> {
        Session {
            number: self.sessions.fetch_add(1, Ordering::Relaxed),
            history: self,
            face,
            reads_are_current,
        }
    }

    /// The number of a write. No two writes have one number.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.stamps.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Ends with these rows, while nobody writes.
    pub fn end(self, rows: &[impl Line]) -> Epoch {
        Epoch {
            after: states(rows),
            ..self.epoch.into_inner().unwrap()
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }
}

fn states(rows: &[impl Line]) -> Vec<(Row, Contents)> {
    rows.iter().map(|row| (row.row(), row.contents())).collect()
}

impl Session<'_> {
    pub fn begin(&self, name: &'static str) -> Begun {
        Begun {
            name,
            unit: self.history.units.fetch_add(1, Ordering::Relaxed),
            at: self.history.now(),
        }
    }

    /// A read has found the row, or none.
    pub fn found<M: Line>(&self, begun: Begun, row: Row, found: Option<&M>) {
        let contents = found.map(Line::contents);
        if self.reads_are_current {
            let requires = contents.map_or(Requires::Absent, Requires::Contents);
            self.call(begun, row, true, requires, Makes::Nothing, None);
        } else {
            let reading = Reading {
                session: self.number,
                face: self.face,
                name: begun.name,
                row,
                since: 0,
                began: begun.at,
                ended: self.history.now(),
                found: contents,
                stream: Some(self.number.into()),
            };
            self.history.epoch.lock().unwrap().readings.push(reading);
        }
    }

    /// The row was `was` and is `now`.
    pub fn wrote<M: Line>(&self, begun: Begun, was: &M, now: &M) {
        let contents = now.contents();
        let requires = Requires::Version(was.contents().version);
        self.changed(begun, requires, contents, now.row());
    }

    /// A merge has written the row, whatever it was.
    pub fn merged<M: Line>(&self, begun: Begun, now: &M) {
        let contents = now.contents();
        let requires = match contents.version {
            Version::Number(number) => Requires::Version(Version::Number(number - 1)),
            Version::Token(_) => Requires::Present,
        };
        self.changed(begun, requires, contents, now.row());
    }

    fn changed(&self, begun: Begun, requires: Requires, contents: Contents, row: Row) {
        let makes = Makes::Change {
            version: Some(contents.version.clone()),
            left: Some(contents.left),
            right: Some(contents.right),
        };
        self.call(begun, row, true, requires, makes, Some(contents));
    }

    /// Writes of values that were `was` have failed; `stamp` is in none of the rows, unless it is not known.
    pub fn failed<M: Line>(
        &mut self,
        begun: Begun,
        was: &[M],
        tried: &[M],
        stamp: Stamp,
        error: &Error,
    ) {
        if error.outcome_unknown() {
            for (was, tried) in was.iter().zip(tried) {
                let contents = tried.contents();
                let makes = Makes::Change {
                    version: None,
                    left: Some(contents.left),
                    right: Some(contents.right),
                };
                let requires = Requires::Version(was.contents().version);
                self.call(begun, was.row(), false, requires, makes, None);
            }
            self.number = self.history.sessions.fetch_add(1, Ordering::Relaxed);
            return;
        }
        for value in was {
            self.refused(begun, value.row(), stamp);
        }
        if let Error::ConcurrentModification(conflict) = error {
            self.missed(begun, was, conflict);
        }
    }

    /// A write of one of these values has found another version.
    fn missed<M: Line>(&self, begun: Begun, was: &[M], conflict: &ConcurrentModification) {
        let missed = was
            .iter()
            .find(|was| was.row().key.to_string() == conflict.key());
        let (Some(was), Found::Modified { .. }, true) =
            (missed, conflict.found(), self.reads_are_current)
        else {
            return;
        };
        let requires = Requires::NotVersion(was.contents().version);
        self.call(begun, was.row(), true, requires, Makes::Nothing, None);
    }

    /// A write of this row is not done.
    pub fn refused(&self, begun: Begun, row: Row, stamp: Stamp) {
        let refused = Refused {
            session: self.number,
            unit: begun.unit,
            face: self.face,
            name: begun.name,
            row,
            began: begun.at,
            ended: self.history.now(),
            stamp,
        };
        self.history.epoch.lock().unwrap().refused.push(refused);
    }

    fn call(
        &self,
        begun: Begun,
        row: Row,
        is_answered: bool,
        requires: Requires,
        makes: Makes,
        leaves: Option<Contents>,
    ) {
        let call = Call {
            session: self.number,
            unit: begun.unit,
            face: self.face,
            name: begun.name,
            row,
            began: begun.at,
            ended: is_answered.then(|| self.history.now()),
            requires,
            makes,
            leaves,
        };
        self.history.epoch.lock().unwrap().calls.push(call);
    }
}
