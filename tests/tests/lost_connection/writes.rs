//! The writes of Ann's row whose connection is lost.

use super::{CAPABILITIES, Conn};
use crate::prelude::*;
use optlock::{Error, Saved};
use optlock_tests::models::{Contact, Legacy};
use std::slice;

/// A write of Ann's row.
pub(super) struct Write {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Contact, &mut Conn) -> Result<(), Error>,
    /// What stands in the row when it has landed.
    pub(super) leaves: Option<fn() -> Contact>,
}

pub(super) fn checked_writes() -> Vec<Write> {
    vec![
        Write {
            name: "save_checked",
            run: |contact, conn| contact.save_checked(conn),
            leaves: Some(saved),
        },
        Write {
            name: "save_or_load",
            run: |contact, conn| contact.save_or_load(conn).map(drop),
            leaves: Some(saved),
        },
        Write {
            name: "touch_checked",
            run: |contact, conn| contact.touch_checked(conn),
            leaves: Some(touched),
        },
        Write {
            name: "delete_checked",
            run: |contact, conn| contact.delete_checked(conn),
            leaves: None,
        },
    ]
}

pub(super) fn batches() -> Vec<Write> {
    vec![
        Write {
            name: "save_all_checked",
            run: |contact, conn| slice::from_mut(contact).save_all_checked(conn),
            leaves: Some(saved),
        },
        Write {
            name: "delete_all_checked",
            run: |contact, conn| slice::from_mut(contact).delete_all_checked(conn),
            leaves: None,
        },
    ]
}

/// All that are one statement.
pub(super) fn writes() -> impl Iterator<Item = Write> {
    let forced = Write {
        name: "force_delete",
        run: |contact, conn| contact.force_delete(conn).map(drop),
        leaves: None,
    };
    let batches = if CAPABILITIES.batch_is_one_statement {
        batches()
    } else {
        vec![]
    };
    all([checked_writes(), vec![forced], batches])
}

/// All that can be a part of a transaction.
pub(super) fn parts() -> impl Iterator<Item = Write> {
    let unversioned = Write {
        name: "save_unchanged",
        run: |contact, conn| save_unchanged(contact, conn).map(drop),
        leaves: Some(edited),
    };
    all([checked_writes(), batches(), vec![unversioned]])
}

/// All that have a transaction of their own.
pub(super) fn transactions() -> impl Iterator<Item = Write> {
    parts().filter(|write| match write.name {
        "save_all_checked" | "delete_all_checked" => !CAPABILITIES.batch_is_one_statement,
        name => name == "save_unchanged",
    })
}

pub(super) fn all<const N: usize>(writes: [Vec<Write>; N]) -> impl Iterator<Item = Write> {
    // Shown if the test fails.
    let writes = writes.into_iter().flatten();
    writes.inspect(|write| eprintln!("{}", write.name))
}

/// Edits the row as a program does that knows no version: Ann becomes what [`edited`] is.
pub(super) fn save_unchanged(contact: &Contact, conn: &mut Conn) -> Result<Saved, Error> {
    let was_loaded_as = if contact.id == 1 {
        Contact::ann()
    } else {
        Contact::bob()
    };
    let mut legacy = Tracked::new(Legacy {
        id: was_loaded_as.id,
        name: was_loaded_as.name,
        phone: was_loaded_as.phone,
    });
    legacy.name += " B.";
    legacy.save_unchanged(conn)
}

/// Ann as somebody has edited her.
pub(super) fn edited() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

/// Ann as the edit leaves her row.
pub(super) fn saved() -> Contact {
    Contact {
        version: 2,
        ..edited()
    }
}

/// Ann as a touch leaves her row.
pub(super) fn touched() -> Contact {
    Contact {
        version: 2,
        ..Contact::ann()
    }
}

/// Sends a write of Bob first: from then on the statement is prepared, and the next request is the
/// write itself.
pub(super) fn prepare(write: &Write, conn: &mut Conn) {
    (write.run)(&mut Contact::bob(), conn).unwrap();
}

pub(super) fn write_verb(write: &Write) -> &'static str {
    if write.leaves.is_some() {
        "UPDATE"
    } else {
        "DELETE"
    }
}
