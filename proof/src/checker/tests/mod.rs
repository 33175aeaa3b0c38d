//! The checker on histories that are right, and on some that are wrong on purpose.

mod brute;
mod leases;
mod old_reads;
mod operations;
mod printed;
mod random;
mod rows;
mod unanswered;

use super::{Checked, Rule, Violation, check};
use crate::history::{Call, Contents, Epoch, Face, Makes, Requires, Row, Stamp, Version};

const ROW: Row = Row {
    table: "contacts",
    key: 1,
};

const OTHER: Row = Row {
    table: "contacts",
    key: 2,
};

/// A version that counts, or a token.
trait IntoVersion {
    fn version(self) -> Version;
}

impl IntoVersion for i64 {
    fn version(self) -> Version {
        Version::Number(self)
    }
}

impl IntoVersion for &str {
    fn version(self) -> Version {
        Version::Token(self.to_owned())
    }
}

fn contents(version: impl IntoVersion, left: u64, right: u64) -> Contents {
    Contents {
        version: version.version(),
        left: Stamp(left),
        right: Stamp(right),
    }
}

/// A call on the first row, from one microsecond to another; with no end it had no answer.
fn call(session: u32, time: (u64, Option<u64>), name: &'static str) -> Call {
    let (began, ended) = time;
    Call {
        session,
        unit: began * 100 + u64::from(session),
        face: Face::Blocking,
        name,
        row: ROW,
        began: began * 1_000,
        ended: ended.map(|ended| ended * 1_000),
        requires: Requires::Nothing,
        makes: Makes::Nothing,
        leaves: None,
    }
}

fn at(began: u64, ended: u64) -> (u64, Option<u64>) {
    (began, Some(ended))
}

fn unanswered(began: u64) -> (u64, Option<u64>) {
    (began, None)
}

fn load(session: u32, time: (u64, Option<u64>), found: Contents) -> Call {
    Call {
        requires: Requires::Contents(found),
        ..call(session, time, "load")
    }
}

/// A checked save of the left column.
fn save(
    session: u32,
    time: (u64, Option<u64>),
    expected: impl IntoVersion,
    version: impl IntoVersion,
    left: u64,
) -> Call {
    Call {
        requires: Requires::Version(expected.version()),
        makes: Makes::Change {
            version: Some(version.version()),
            left: Some(Stamp(left)),
            right: None,
        },
        ..call(session, time, "save_checked")
    }
}

/// A write of the left column without a check. The next version is not known.
fn force(session: u32, time: (u64, Option<u64>), left: u64) -> Call {
    Call {
        requires: Requires::Present,
        makes: Makes::Change {
            version: None,
            left: Some(Stamp(left)),
            right: None,
        },
        ..call(session, time, "force_save")
    }
}

fn touch(session: u32, time: (u64, Option<u64>)) -> Call {
    Call {
        requires: Requires::Present,
        makes: Makes::Change {
            version: None,
            left: None,
            right: None,
        },
        ..call(session, time, "touch")
    }
}

fn conflict(session: u32, time: (u64, Option<u64>), expected: impl IntoVersion) -> Call {
    Call {
        requires: Requires::NotVersion(expected.version()),
        ..call(session, time, "save_checked (conflict)")
    }
}

fn delete(session: u32, time: (u64, Option<u64>), expected: impl IntoVersion) -> Call {
    Call {
        requires: Requires::Version(expected.version()),
        makes: Makes::Absent,
        ..call(session, time, "delete_checked")
    }
}

fn insert(session: u32, time: (u64, Option<u64>), inserted: Contents) -> Call {
    Call {
        requires: Requires::Absent,
        makes: Makes::Contents(inserted),
        ..call(session, time, "insert")
    }
}

/// A history of the first row.
fn epoch(before: Contents, calls: Vec<Call>, after: Contents) -> Epoch {
    Epoch {
        before: vec![(ROW, before)],
        calls,
        after: vec![(ROW, after)],
        ..Epoch::default()
    }
}

#[track_caller]
fn accepted(epoch: &Epoch) -> Checked {
    match check(epoch) {
        Ok(checked) => checked,
        Err(violation) => panic!("{violation}"),
    }
}

#[track_caller]
fn rejected(epoch: &Epoch, rule: Rule) -> Violation {
    let violation = check(epoch).expect_err("the history is wrong");
    assert_eq!(violation.rule(), rule, "{violation}");
    violation
}
