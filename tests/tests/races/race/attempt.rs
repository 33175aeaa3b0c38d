//! One checked write, and all that can be asked of it afterwards.

use super::{CAPABILITIES, Conn, Expect, Race};
use crate::prelude::*;
use optlock::backend::Database;
use optlock::{Error, Found, Outcome};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;

/// Each race is run with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Save,
    SaveOrLoad,
    Touch,
    Delete,
    /// In transactions only.
    Lock,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Save,
        Self::SaveOrLoad,
        Self::Touch,
        Self::Delete,
        Self::Lock,
    ];

    /// What stands in the row when it lands.
    pub(crate) fn leaves(self) -> Option<Contact> {
        let moved_on = |row| Contact { version: 2, ..row };
        match self {
            Self::Save | Self::SaveOrLoad => Some(moved_on(ours())),
            Self::Touch => Some(moved_on(Contact::ann())),
            Self::Delete => None,
            Self::Lock => Some(Contact::ann()),
        }
    }

    /// What is in memory when it lands.
    fn holds(self) -> Contact {
        let version = match self {
            Self::Save | Self::SaveOrLoad | Self::Touch => 2,
            Self::Delete | Self::Lock => 1,
        };
        Contact { version, ..ours() }
    }
}

/// The row as we want to save it.
fn ours() -> Contact {
    Contact {
        name: "Ours".into(),
        phone: None,
        ..Contact::ann()
    }
}

/// A statement that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Write,
    PlainRead,
    LockingRead,
}

const LOCKS: [&str; 3] = [" LOCK IN SHARE MODE", " FOR UPDATE", " FOR NO KEY UPDATE"];

impl Sent {
    fn read(sql: &str) -> Self {
        if sql.starts_with("UPDATE") || sql.starts_with("DELETE") {
            Self::Write
        } else if LOCKS.iter().any(|lock| sql.contains(lock)) {
            Self::LockingRead
        } else if sql.starts_with("SELECT") {
            Self::PlainRead
        } else {
            panic!("what is {sql}")
        }
    }
}

/// A checked write of what we loaded as [`Contact::ann`], and what came of it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) operation: Operation,
    pub(crate) result: Result<Outcome<Contact>, Error>,
    pub(crate) sent: Vec<Sent>,
    contact: Contact,
}

impl Attempt {
    pub(crate) fn make(operation: Operation, watch: &Watch, conn: &mut Conn) -> Self {
        let mut contact = ours();
        watch.take_sent();
        let result = match operation {
            Operation::Save => contact.save_checked(conn).map(|()| Outcome::Saved),
            Operation::SaveOrLoad => contact.save_or_load(conn),
            Operation::Touch => contact.touch_checked(conn).map(|()| Outcome::Saved),
            Operation::Delete => contact.delete_checked(conn).map(|()| Outcome::Saved),
            Operation::Lock => contact.lock_checked(conn).map(|()| Outcome::Saved),
        };
        let sent = watch.take_sent();
        Self {
            operation,
            result,
            sent: sent.iter().map(|sql| Sent::read(sql)).collect(),
            contact,
        }
    }

    /// The transaction in which it was to run did not begin.
    pub(crate) fn not_made(operation: Operation, error: Error) -> Self {
        Self {
            operation,
            result: Err(error),
            sent: Vec::new(),
            contact: ours(),
        }
    }

    pub(crate) fn has_landed(&self) -> bool {
        matches!(self.result, Ok(Outcome::Saved))
    }

    /// Result, messages, statements, memory.
    pub(crate) fn check(&self, expect: Expect, race: Race, in_transaction: bool) {
        match expect {
            Expect::Lands => assert!(self.has_landed(), "{self:#?}"),
            Expect::Modified | Expect::ModifiedUnseen => match &self.result {
                Ok(Outcome::Changed(row)) if self.operation == Operation::SaveOrLoad => {
                    assert_eq!(Some(row), race.other.leaves().as_ref(), "{self:#?}");
                }
                _ => self.assert_conflict(
                    &Found::Modified {
                        version: 2.into(),
                    },
                    "contacts 1 was changed: expected version 1, found 2",
                ),
            },
            Expect::Missing | Expect::MissingUnseen => match &self.result {
                Ok(Outcome::Missing) if self.operation == Operation::SaveOrLoad => {}
                _ => self.assert_conflict(
                    &Found::Missing,
                    "contacts 1 is gone: expected version 1, found no row",
                ),
            },
            Expect::Aborted => self.assert_conflict(
                &Found::TransactionAborted,
                "contacts 1 was not written: expected version 1, and the database gave the transaction up in favour of another",
            ),
            Expect::Busy | Expect::BusyAtBegin => assert_transient(self.error()),
        }
        let statements = if self.operation == Operation::Lock {
            statements_of_lock(expect)
        } else {
            statements(expect, in_transaction)
        };
        assert_eq!(self.sent, statements, "{self:#?}");
        let held = if self.has_landed() {
            self.operation.holds()
        } else {
            ours()
        };
        assert_eq!(self.contact, held, "{self:#?}");
    }

    fn assert_conflict(&self, found: &Found, message: &str) {
        let error = self.error();
        let Error::ConcurrentModification(conflict) = error else {
            panic!("{self:#?}")
        };
        assert_eq!(conflict.table(), "contacts");
        assert_eq!(conflict.key(), "1");
        assert_eq!(conflict.expected(), Some(&1.into()));
        assert_eq!(conflict.found(), found, "{self:#?}");
        assert_eq!(error.to_string(), message);
        assert!(error.is_conflict());
        assert_eq!(error.is_missing(), *found == Found::Missing);
        assert_eq!(error.is_transient(), *found == Found::TransactionAborted);
        assert!(!error.outcome_unknown());
    }

    fn error(&self) -> &Error {
        match &self.result {
            Err(error) => error,
            Ok(_) => panic!("{self:#?}"),
        }
    }
}

/// Worth a retry, and nothing is known about the row.
pub(crate) fn assert_transient(error: &Error) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(error.is_transient(), "{error:?}");
    assert!(!error.is_conflict(), "{error:?}");
    assert!(!error.outcome_unknown(), "{error:?}");
}

/// One statement when all goes well, and also where the database has given up the transaction:
/// after MariaDB's 1020 and 1213 a second one would commit by itself.
fn statements(expect: Expect, in_transaction: bool) -> &'static [Sent] {
    match expect {
        Expect::BusyAtBegin => &[],
        Expect::Lands | Expect::Aborted | Expect::Busy => &[Sent::Write],
        _ if in_transaction && CAPABILITIES.reads_old_rows => &[Sent::Write, Sent::LockingRead],
        // A raw BEGIN may have opened a transaction with a snapshot in which the row is not there yet.
        Expect::Missing if CAPABILITIES.reads_old_rows => {
            &[Sent::Write, Sent::PlainRead, Sent::LockingRead]
        }
        _ => &[Sent::Write, Sent::PlainRead],
    }
}

/// One locking read; where rows are not locked, a write that hits none and a plain read. On PostgreSQL a policy may
/// let a row be read and not be locked, so that a plain read looks whether a row that was not found is there.
fn statements_of_lock(expect: Expect) -> &'static [Sent] {
    match expect {
        Expect::BusyAtBegin => &[],
        Expect::Missing | Expect::MissingUnseen if CAPABILITIES.database == Database::Postgres => {
            &[Sent::LockingRead, Sent::PlainRead]
        }
        _ if CAPABILITIES.locks_rows.is_there() => &[Sent::LockingRead],
        Expect::Busy => &[Sent::Write],
        _ => &[Sent::Write, Sent::PlainRead],
    }
}

/// The row as a plain read shows it.
pub(crate) fn stored(conn: &mut Conn) -> Option<Contact> {
    contacts::table
        .find(1)
        .select(Contact::as_select())
        .first(conn)
        .optional()
        .unwrap()
}
