//! Divides an epoch into the histories of its rows, and finds out which calls without an answer
//! took effect.
//!
//! Linearizability is local: a history is linearizable if and only if that of each object is
//! (Herlihy and Wing 1990). So each row is searched by itself. What ties rows together is a batch
//! or a transaction: if one of its writes was seen, all have taken effect, and at the latest when
//! that one was seen.

use super::leases;
use super::row::{AT_THE_END, After, Landed, RowHistory, Step};
use crate::history::{Call, Contents, Epoch, Makes, Reading, Requires, Row, Stamp, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The histories of all rows of the epoch.
pub(super) fn rows(epoch: &Epoch) -> Vec<RowHistory> {
    let mut rows = BTreeMap::<Row, RowHistory>::new();
    fn of(rows: &mut BTreeMap<Row, RowHistory>, row: Row) -> &mut RowHistory {
        rows.entry(row).or_insert_with(|| RowHistory {
            row,
            before: None,
            steps: Vec::new(),
            after: After::Row(None),
        })
    }
    for (row, contents) in &epoch.before {
        of(&mut rows, *row).before = Some(contents.clone());
    }
    for call in &epoch.calls {
        of(&mut rows, call.row).steps.push(Step::of(call));
    }
    for write in leases::overtaken(epoch) {
        let mut steps = of(&mut rows, write.row).steps.iter_mut();
        let is_it = |step: &&mut Step| {
            !step.only_reads()
                && (step.call.session, step.call.began) == (write.session, write.began)
        };
        if let Some(step) = steps.find(is_it) {
            step.by = Some(write.by);
        }
    }
    for reading in &epoch.readings {
        of(&mut rows, reading.row).steps.push(old(reading));
    }
    for (row, contents) in &epoch.after {
        of(&mut rows, *row).after = After::Row(Some(contents.clone()));
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    for history in &mut rows {
        history
            .steps
            .sort_by_key(|step| (step.from, step.call.session));
    }
    put_beside(&mut rows);
    land(&mut rows);
    rows
}

/// Notes which operations wrote several rows.
fn put_beside(rows: &mut [RowHistory]) {
    let mut written = HashMap::<u64, BTreeSet<Row>>::new();
    for step in rows.iter().flat_map(|history| &history.steps) {
        if !step.only_reads() {
            written
                .entry(step.call.unit)
                .or_default()
                .insert(step.call.row);
        }
    }
    for step in rows.iter_mut().flat_map(|history| &mut history.steps) {
        let rows = written.get(&step.call.unit).filter(|_| !step.only_reads());
        let other = rows.and_then(|rows| rows.iter().find(|row| **row != step.call.row));
        step.beside = other.copied();
    }
}

/// A read that may be old is one that took effect earlier than it began.
pub(super) fn old(reading: &Reading) -> Step {
    let requires = match &reading.found {
        Some(contents) => Requires::Contents(contents.clone()),
        None => Requires::Absent,
    };
    Step {
        call: Call {
            session: reading.session,
            // No unit of its own: none of the operations that write.
            unit: u64::MAX,
            face: reading.face,
            name: reading.name,
            row: reading.row,
            began: reading.began,
            ended: Some(reading.ended),
            requires,
            makes: Makes::Nothing,
            leaves: None,
        },
        from: reading.since,
        by: Some(reading.ended),
        stream: reading.stream,
        beside: None,
        landed: None,
    }
}

/// What tells one write of a row from all others.
#[derive(PartialEq, Eq, Hash)]
enum Mark<'a> {
    Stamp(Stamp),
    Token(&'a str),
}

fn marks_of_contents(contents: &Contents) -> impl Iterator<Item = Mark<'_>> {
    let stamps = [contents.left, contents.right].map(Mark::Stamp);
    stamps.into_iter().chain(token(&contents.version))
}

fn token(version: &Version) -> Option<Mark<'_>> {
    match version {
        Version::Token(token) if version.time().is_none() => Some(Mark::Token(token)),
        Version::Token(_) | Version::Number(_) => None,
    }
}

/// What a call writes.
fn marks_of(makes: &Makes) -> Vec<Mark<'_>> {
    match makes {
        Makes::Nothing | Makes::Absent => Vec::new(),
        Makes::Contents(contents) => marks_of_contents(contents).collect(),
        Makes::Change {
            version,
            left,
            right,
        } => {
            let stamps = left.iter().chain(right).copied().map(Mark::Stamp);
            stamps.chain(version.iter().filter_map(token)).collect()
        }
    }
}

/// What a call that took effect has seen of the row.
fn marks_seen(step: &Step) -> Vec<Mark<'_>> {
    let mut marks: Vec<_> = step.seen().flat_map(marks_of_contents).collect();
    if let Requires::Version(version) = &step.call.requires {
        marks.extend(token(version));
    }
    marks
}

/// A sighting of an operation without an answer.
struct Sighting {
    by: u64,
    landed: Landed,
}

/// Marks the calls without an answer that are known to have taken effect, in whatever row that was
/// seen.
fn land(rows: &mut [RowHistory]) {
    let mut units = HashMap::<u64, Sighting>::new();
    for history in &*rows {
        for (unit, sighting) in sightings(history) {
            match units.get(&unit) {
                Some(earlier) if earlier.by <= sighting.by => {}
                _ => {
                    units.insert(unit, sighting);
                }
            }
        }
    }
    let steps = rows.iter_mut().flat_map(|history| &mut history.steps);
    for step in steps.filter(|step| step.by.is_none() && !step.only_reads()) {
        if let Some(sighting) = units.get(&step.call.unit) {
            step.by = Some(sighting.by.max(step.from));
            step.landed = Some(sighting.landed.clone());
        }
    }
}

/// The operations without an answer whose writes were seen in this row, each with the time when
/// that was.
fn sightings(history: &RowHistory) -> Vec<(u64, Sighting)> {
    let mut writers = HashMap::<Mark<'_>, Vec<&Step>>::new();
    for step in &history.steps {
        let marks: HashSet<_> = marks_of(&step.call.makes).into_iter().collect();
        for mark in marks {
            writers.entry(mark).or_default().push(step);
        }
    }
    // What two calls write (a repetition, say) does not tell which one of them took effect.
    writers.retain(|_, steps| steps.len() == 1 && steps.iter().all(|step| step.by.is_none()));
    let of_before: Vec<_> = history.before.iter().flat_map(marks_of_contents).collect();
    for mark in of_before {
        writers.remove(&mark);
    }
    let mut found = Vec::new();
    let mut note = |mark: &Mark<'_>, by: u64, seen_by: String| {
        if let Some(writer) = writers.get(mark).and_then(|steps| steps.first()) {
            let row = history.row;
            let landed = Landed { row, seen_by };
            found.push((writer.call.unit, Sighting { by, landed }));
        }
    };
    for step in &history.steps {
        let Some(by) = step.by else { continue };
        for mark in marks_seen(step) {
            let call = &step.call;
            let seen_by = format!("{} of session {}", call.name, call.session);
            note(&mark, by, seen_by);
        }
    }
    if let After::Row(Some(contents)) = &history.after {
        for mark in marks_of_contents(contents) {
            note(&mark, AT_THE_END, "the last look at the row".to_owned());
        }
    }
    found
}
