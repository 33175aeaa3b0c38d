//! Records what clients do and see.

mod clock;
mod lines;
mod operation;
mod part;
mod tally;

pub use clock::now;
pub use operation::{Answered, LeasePart, Open};
pub use part::Part;
pub use tally::{Counts, Tally};

use crate::history::{Epoch, Face, Stamp};
use lines::{Line, Lines};
use operation::Record;
use std::collections::HashMap;
use std::io::BufRead;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes what all clients of a run do.
#[derive(Debug)]
pub struct Recorder {
    /// Each operation has a place from before it is sent. What is there while it has no answer is what it may do.
    records: Mutex<Vec<Record>>,
    tally: Mutex<Tally>,
    broken: Mutex<Vec<String>>,
    stamps: AtomicU64,
    units: AtomicU64,
    sessions: AtomicU32,
    processes: AtomicU32,
    /// Where the recorder of another process reads what happens here.
    copy: Option<Lines>,
}

impl Recorder {
    /// Its numbers begin at `first`, so that those of several processes differ.
    pub fn new(first: u32) -> Self {
        let wide = u64::from(first) << 32;
        Self {
            records: Mutex::default(),
            tally: Mutex::default(),
            broken: Mutex::default(),
            stamps: AtomicU64::new(wide + 1),
            units: AtomicU64::new(wide + 1),
            sessions: AtomicU32::new(sessions_of(first)),
            processes: AtomicU32::new(1),
            copy: None,
        }
    }

    /// Prints a line for all that is recorded, before anything is sent to the database.
    pub fn printing(first: u32) -> Self {
        Self {
            copy: Some(Lines::new()),
            ..Self::new(first)
        }
    }

    /// Records what another process prints, until it ends.
    pub fn listen(&self, printed: impl BufRead) {
        let mut places = HashMap::new();
        for line in printed.lines().map_while(Result::ok) {
            // A process that was killed leaves a part of a line.
            match Line::read(&line) {
                Some(Line::Operation { open, did, ended }) => {
                    let mut records = lock(&self.records);
                    let record = open.record(*did, ended);
                    match places.get(&open.place()) {
                        Some(place) => records[*place] = record,
                        None => {
                            places.insert(open.place(), records.len());
                            records.push(record);
                            self.tally().operations.add(open.name());
                        }
                    }
                }
                Some(Line::Answered { kind, unknown }) => {
                    let mut tally = self.tally();
                    tally.answers.add(&kind);
                    tally.unknown += u64::from(unknown);
                }
                Some(Line::Broke { what }) => self.broke(what),
                None => {}
            }
        }
    }

    /// A stamp that no other write has.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.stamps.fetch_add(1, Ordering::Relaxed))
    }

    /// A session that no other client has.
    pub fn session(&self) -> u32 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// Where the numbers of a client in a process of its own begin.
    pub fn process(&self) -> u32 {
        self.processes.fetch_add(1, Ordering::Relaxed)
    }

    /// Records that an operation is about to be sent, and what it may do.
    pub fn begin(&self, session: u32, face: Face, name: &'static str, may_do: Answered) -> Open {
        self.tally().operations.add(name);
        let unit = self.units.fetch_add(1, Ordering::Relaxed);
        let mut records = lock(&self.records);
        let open = Open::new(records.len(), session, face, name, unit, now());
        records.push(Record::default());
        drop(records);
        self.put(&open, may_do, None);
        open
    }

    fn put(&self, open: &Open, did: Answered, ended: Option<u64>) {
        if let Some(lines) = &self.copy {
            lines.operation(open, &did, ended);
        }
        let record = open.record(did, ended);
        lock(&self.records)[open.place()] = record;
    }

    /// Records the answer: what the operation did and saw.
    pub fn end(&self, open: &Open, did: Answered) {
        self.put(open, did, Some(now()));
    }

    /// Records that there is no answer: what the operation may have done, as far as it is known by now.
    pub fn leave_open(&self, open: &Open, may_have_done: Answered) {
        self.tally().unknown += 1;
        if let Some(lines) = &self.copy {
            lines.answered("no answer", true);
        }
        self.know_more(open, may_have_done);
    }

    /// There is still no answer, but more is known of what the operation may have done.
    pub fn know_more(&self, open: &Open, may_have_done: Answered) {
        self.put(open, may_have_done, None);
    }

    /// Counts how an operation was answered.
    pub fn answered(&self, kind: &str) {
        self.tally().answers.add(kind);
        if let Some(lines) = &self.copy {
            lines.answered(kind, false);
        }
    }

    /// A promise is broken that is not about the order of calls: memory that a failed call has changed, say.
    pub fn broke(&self, what: String) {
        if let Some(lines) = &self.copy {
            lines.broke(&what);
        }
        lock(&self.broken).push(what);
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }

    /// What was recorded since the last time; the rows before and after it are not known here. And the promises
    /// that were broken.
    pub fn take(&self) -> (Epoch, Vec<String>) {
        let records = std::mem::take(&mut *lock(&self.records));
        let mut epoch = Epoch::default();
        for record in records {
            epoch.calls.extend(record.calls);
            epoch.refused.extend(record.refused);
            epoch.leases.extend(record.lease);
        }
        (epoch, std::mem::take(&mut *lock(&self.broken)))
    }
}

/// A client in a process of its own has few sessions in its life.
fn sessions_of(process: u32) -> u32 {
    match process {
        0 => 1,
        _ => (1 << 24) + (process << 8),
    }
}

/// A client that panicked leaves whole records.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::panic)] // a test stops at the first surprise
mod tests {
    use super::*;
    use crate::history::{Makes, Requires, Row, Version};
    use lines::operation;

    const ROW: Row = Row {
        table: "numbered",
        key: 7,
    };

    fn deleted() -> Part {
        Part::checked(ROW, Version::Number(3), Makes::Absent)
    }

    #[test]
    fn what_has_no_answer_stays_what_it_may_do() {
        let recorder = Recorder::new(0);
        let _open = recorder.begin(1, Face::Waiting, "delete_checked", deleted().into());
        let (epoch, _) = recorder.take();
        let [call] = epoch.calls.as_slice() else {
            panic!("{epoch:?}");
        };
        assert_eq!((call.ended, &call.makes), (None, &Makes::Absent));
    }

    #[test]
    fn an_answer_takes_the_place_of_what_was_expected() {
        let recorder = Recorder::new(0);
        let open = recorder.begin(1, Face::Waiting, "delete_checked", deleted().into());
        let saw = Part::saw(ROW, Requires::NotVersion(Version::Number(3)));
        recorder.end(&open, saw.into());
        let (epoch, _) = recorder.take();
        let [call] = epoch.calls.as_slice() else {
            panic!("{epoch:?}");
        };
        assert!(call.ended.is_some_and(|ended| ended >= call.began));
        assert_eq!(call.makes, Makes::Nothing);
    }

    #[test]
    fn of_a_process_that_is_killed_the_last_operation_is_known() {
        let process = Recorder::new(1);
        let first = process.begin(9, Face::Blocking, "load", Answered::default());
        let read = Part::read(ROW, None);
        let second = process.begin(9, Face::Blocking, "delete_checked", deleted().into());
        let printed = [
            operation(&first, &Answered::default(), None),
            operation(&first, &read.clone().into(), Some(u64::MAX)),
            operation(&second, &deleted().into(), None),
            operation(&second, &deleted().into(), Some(1))[..20].to_owned(),
        ];
        let recorder = Recorder::new(0);
        recorder.listen(printed.join("\n").as_bytes());
        let (epoch, _) = recorder.take();
        let calls: Vec<_> = epoch
            .calls
            .iter()
            .map(|call| (call.name, call.ended))
            .collect();
        assert_eq!(calls, [("load", Some(u64::MAX)), ("delete_checked", None)]);
        assert_eq!(recorder.tally().operations.of("delete_checked"), 1);
    }
}
