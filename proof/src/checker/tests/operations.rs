//! Histories that are right, because they come from calls that were made one after another.

use super::{ROW, call, contents};
use crate::history::{Call, Contents, Epoch, Makes, Requires, Stamp, Version};
use proptest::prelude::*;

/// An operation, before it is known what it meets.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    kind: Kind,
    column: Column,
    /// How long before its moment it begins, and how long after it it ends.
    before: u64,
    after: u64,
    fate: Fate,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Load,
    Save,
    StaleSave,
    Force,
    Touch,
    Delete,
    Insert,
}

#[derive(Debug, Clone, Copy)]
enum Column {
    Left,
    Right,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Without an answer, and without an effect if this is false.
    Unanswered(bool),
}

pub(super) fn operations(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Operation>> {
    let kind = prop_oneof![
        3 => Just(Kind::Load),
        4 => Just(Kind::Save),
        2 => Just(Kind::StaleSave),
        1 => Just(Kind::Force),
        1 => Just(Kind::Touch),
        1 => Just(Kind::Delete),
        2 => Just(Kind::Insert),
    ];
    let column = prop_oneof![Just(Column::Left), Just(Column::Right), Just(Column::Both)];
    let fate = prop_oneof![
        4 => Just(Fate::Answered),
        1 => any::<bool>().prop_map(Fate::Unanswered),
    ];
    let operation = (kind, column, 0..40_u64, 0..40_u64, fate).prop_map(
        |(kind, column, before, after, fate)| Operation {
            kind,
            column,
            before,
            after,
            fate,
        },
    );
    prop::collection::vec(operation, count)
}

/// The versions of a row, as its clients make them.
struct Versions {
    are_tokens: bool,
    made: i64,
}

impl Versions {
    fn next(&mut self, after: Option<&Version>) -> Version {
        self.made += 1;
        match after {
            _ if self.are_tokens => Version::Token(format!("t{}", self.made)),
            Some(Version::Number(number)) => Version::Number(number + 1),
            _ => Version::Number(1),
        }
    }
}

/// Makes the operations one after another, and writes down what their callers saw.
pub(super) fn run(operations: &[Operation], are_tokens: bool) -> Epoch {
    let mut versions = Versions {
        are_tokens,
        made: 0,
    };
    let first = Contents {
        version: versions.next(None),
        ..contents(0, 0, 0)
    };
    let mut row = Some(first.clone());
    let mut last_version = first.version.clone();
    let mut calls = Vec::new();
    for (moment, operation) in (0_u64..).zip(operations) {
        let moment_micros = 100 + moment * 10;
        let (began, ended) = (
            moment_micros - operation.before,
            moment_micros + operation.after,
        );
        let is_answered = operation.fate == Fate::Answered;
        let time = (began, is_answered.then_some(ended));
        let session = u32::try_from(moment).unwrap();
        let name = match operation.kind {
            Kind::Load => "load",
            Kind::Save => "save",
            Kind::StaleSave => "stale save",
            Kind::Force => "force",
            Kind::Touch => "touch",
            Kind::Delete => "delete",
            Kind::Insert => "insert",
        };
        let mut call = call(session, time, name);
        meet(
            &mut call,
            operation,
            row.as_ref(),
            &last_version,
            &mut versions,
            moment + 1,
        );
        if !is_answered && call.makes == Makes::Nothing {
            continue;
        }
        let made = made(&call, row.as_ref(), operation, &mut versions);
        if is_answered {
            call.leaves = made
                .clone()
                .filter(|_| moment % 3 == 0 && call.makes != Makes::Nothing);
        }
        if let Some(contents) = &made {
            last_version = row.as_ref().unwrap_or(contents).version.clone();
        }
        row = made;
        calls.push(call);
    }
    Epoch {
        before: vec![(ROW, first)],
        calls,
        after: row.map(|contents| (ROW, contents)).into_iter().collect(),
        ..Epoch::default()
    }
}

/// What the call requires and makes of what is in the row.
fn meet(
    call: &mut Call,
    operation: &Operation,
    row: Option<&Contents>,
    last_version: &Version,
    versions: &mut Versions,
    stamp: u64,
) {
    let change = |version| {
        let stamp = Some(Stamp(stamp));
        let (left, right) = match operation.column {
            Column::Left => (stamp, None),
            Column::Right => (None, stamp),
            Column::Both => (stamp, stamp),
        };
        Makes::Change {
            version,
            left,
            right,
        }
    };
    match (operation.kind, row) {
        (Kind::Load, Some(row)) => call.requires = Requires::Contents(row.clone()),
        (Kind::Load, None) => call.requires = Requires::Absent,
        (Kind::Save, Some(row)) => {
            call.requires = Requires::Version(row.version.clone());
            call.makes = change(Some(versions.next(Some(&row.version))));
        }
        (Kind::StaleSave, Some(row)) if row.version == *last_version => {
            call.requires = Requires::Present;
        }
        (Kind::Save | Kind::StaleSave, _) => {
            call.requires = Requires::NotVersion(last_version.clone());
        }
        (Kind::Force, Some(_)) => {
            call.requires = Requires::Present;
            call.makes = change(None);
        }
        (Kind::Touch, Some(_)) => {
            call.requires = Requires::Present;
            call.makes = Makes::Change {
                version: None,
                left: None,
                right: None,
            };
        }
        (Kind::Delete, Some(row)) => {
            call.requires = Requires::Version(row.version.clone());
            call.makes = Makes::Absent;
        }
        (Kind::Insert, None) => {
            call.requires = Requires::Absent;
            let stamp = Stamp(stamp);
            call.makes = Makes::Contents(Contents {
                version: versions.next(None),
                left: stamp,
                right: stamp,
            });
        }
        (Kind::Force | Kind::Touch | Kind::Delete, None) => call.requires = Requires::Absent,
        (Kind::Insert, Some(_)) => call.requires = Requires::Present,
    }
}

/// What the row holds behind the call.
fn made(
    call: &Call,
    row: Option<&Contents>,
    operation: &Operation,
    versions: &mut Versions,
) -> Option<Contents> {
    if operation.fate == Fate::Unanswered(false) {
        return row.cloned();
    }
    match &call.makes {
        Makes::Nothing => row.cloned(),
        Makes::Absent => None,
        Makes::Contents(contents) => Some(contents.clone()),
        Makes::Change {
            version,
            left,
            right,
        } => row.map(|row| Contents {
            version: match version {
                Some(version) => version.clone(),
                None => versions.next(Some(&row.version)),
            },
            left: left.unwrap_or(row.left),
            right: right.unwrap_or(row.right),
        }),
    }
}
