//! How two connections meet, and what our write gets.

mod after;
mod attempt;
pub(crate) mod insert;
mod lock;
pub(crate) mod run;
#[macro_use]
mod table;

pub(crate) use attempt::{Attempt, Operation, assert_transient, stored};
pub(crate) use run::run;
pub(crate) use table::{Cell, assert_complete};

use super::{CAPABILITIES, Conn, SETTINGS, SQL, Scratch, lookout};
use crate::prelude::*;

/// What the other one does to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    Changes,
    Deletes,
    RollsBack,
}

/// When the other one's transaction ends, as our write sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    WhileWeWait,
    AfterWeGaveUp,
}

/// Have we read the row in our transaction before the other one's write was committed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Snapshot {
    None,
    Older,
}

/// A way to meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Race {
    pub(crate) other: Other,
    pub(crate) when: When,
    pub(crate) snapshot: Snapshot,
}

const fn race(other: Other, when: When, snapshot: Snapshot) -> Race {
    Race {
        other,
        when,
        snapshot,
    }
}

/// All ways to meet, by the name that they have in the tables.
#[rustfmt::skip]
pub(crate) const RACES: [(&str, Race); 12] = [
    ("changed_before",                           race(Other::Changes, When::Before, Snapshot::None)),
    ("changed_since_our_snapshot",               race(Other::Changes, When::Before, Snapshot::Older)),
    ("changes_while_we_wait",                    race(Other::Changes, When::WhileWeWait, Snapshot::None)),
    ("changes_while_we_wait_with_a_snapshot",    race(Other::Changes, When::WhileWeWait, Snapshot::Older)),
    ("deleted_before",                           race(Other::Deletes, When::Before, Snapshot::None)),
    ("deleted_since_our_snapshot",               race(Other::Deletes, When::Before, Snapshot::Older)),
    ("deletes_while_we_wait",                    race(Other::Deletes, When::WhileWeWait, Snapshot::None)),
    ("deletes_while_we_wait_with_a_snapshot",    race(Other::Deletes, When::WhileWeWait, Snapshot::Older)),
    ("rolls_back_while_we_wait",                 race(Other::RollsBack, When::WhileWeWait, Snapshot::None)),
    ("rolls_back_while_we_wait_with_a_snapshot", race(Other::RollsBack, When::WhileWeWait, Snapshot::Older)),
    ("changes_after_we_gave_up",                 race(Other::Changes, When::AfterWeGaveUp, Snapshot::None)),
    ("changes_after_we_gave_up_with_a_snapshot", race(Other::Changes, When::AfterWeGaveUp, Snapshot::Older)),
];

/// How both connections are set up, and in what our write runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) sql: &'static str,
    /// `None` is autocommit.
    pub(crate) transaction: Option<InTransaction>,
}

pub(crate) type InTransaction =
    fn(&mut Conn, &mut dyn FnMut(&mut Conn) -> QueryResult<()>) -> QueryResult<()>;

/// Diesel's plain transaction.
pub(crate) fn plain(
    conn: &mut Conn,
    body: &mut dyn FnMut(&mut Conn) -> QueryResult<()>,
) -> QueryResult<()> {
    conn.transaction(body)
}

/// What our write gets.
#[allow(dead_code)] // no database knows them all
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The write lands: nobody else's did.
    Lands,
    /// A conflict: the row is shown as the other one left it.
    Modified,
    /// The same, although plain reads still show the row of our snapshot.
    ModifiedUnseen,
    /// A conflict: there is no row.
    Missing,
    /// The same, although plain reads still show the row of our snapshot.
    MissingUnseen,
    /// A conflict that the database reports by giving up the transaction.
    Aborted,
    /// No conflict, as nothing is known yet: worth a retry.
    Busy,
    /// The same, and our transaction did not even begin.
    BusyAtBegin,
}
