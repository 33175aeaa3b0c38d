//! The rows that the attempts of a retry have lost, and when the next attempt locks them.

use crate::backend::{Database, ErrorClass};
use crate::error::{BatchConflict, ConcurrentModification, Found, LostRow, MergeConflict};
use crate::key_order::KeyOrder;
use crate::transaction::TransactionOptions;
use std::collections::BTreeMap;
use std::error::Error as StdError;

/// A row that was lost so often is locked. The first conflicts are met without a lock: where they are rare, it would cost a way
/// to the server for nothing.
const CONFLICTS: u32 = 2;

/// More rows are not locked: each is a way to the server, and the rows before it are held meanwhile.
const MOST: usize = 16;

/// The rows that the attempts of a retry have lost.
pub(super) struct LostRows {
    /// By table and key, so that all retries lock in the same order, which of integers is that of batches. Rows whose keys
    /// print alike are one.
    rows: BTreeMap<(&'static str, KeyOrder), Lost>,
    /// Does the next attempt lock nothing?
    pauses: bool,
    /// Does it lock all that the last one has lost?
    locks_all: bool,
    /// May rows be locked?
    locks: bool,
    database: Database,
}

/// A row that was lost.
struct Lost {
    times: u32,
    row: LostRow,
}

impl Lost {
    fn is_locked(&self) -> bool {
        self.times >= CONFLICTS
    }
}

impl LostRows {
    /// No row was lost yet, by attempts with these options.
    pub(super) fn new(database: Database, options: TransactionOptions) -> Self {
        Self {
            rows: BTreeMap::new(),
            pauses: false,
            locks_all: false,
            locks: database != Database::Sqlite && !options.refuses_locks(database),
            database,
        }
    }

    /// Does the next attempt wait at the server for what the last one has lost? Else it waits before it begins.
    pub(super) fn waits_at_server(&self) -> bool {
        self.locks_all && !self.to_lock().is_empty()
    }

    /// What the next attempt locks.
    pub(super) fn to_lock(&self) -> Vec<LostRow> {
        if !self.locks || self.pauses {
            return Vec::new();
        }
        let locked = self.rows.values().filter(|lost| lost.is_locked());
        let locked: Vec<_> = locked.map(|lost| lost.row.clone()).collect();
        if locked.len() > MOST {
            return Vec::new();
        }
        locked
    }

    /// An attempt has failed, in which rows were locked or not. `error` is that of its body, if it can be seen.
    ///
    /// After a deadlock, which the locks may have caused, and after anything but a conflict the next attempt locks nothing. A
    /// row that was lost although it was locked is another one than was locked, of another database for example: then
    /// no attempt locks any more.
    pub(super) fn lost(&mut self, error: Option<&(dyn StdError + 'static)>, had_locks: bool) {
        self.locks_all = false;
        let Some(conflict) = error.and_then(Conflict::find) else {
            self.pauses = true;
            return;
        };
        self.pauses = had_locks && conflict.is_aborted();
        let named: BTreeMap<_, _> = conflict
            .rows()
            .into_iter()
            .map(|row| ((row.table, KeyOrder::of(row.key)), row))
            .collect();
        let mut locks_all = true;
        for (place, named) in named {
            if named.is_gone {
                // To lock it would keep others from inserting one.
                self.rows.remove(&place);
            }
            let Some(row) = named.row else {
                locks_all = false;
                continue;
            };
            let lost = self.rows.entry(place).or_insert_with(|| Lost {
                times: 0,
                row: row.clone(),
            });
            if had_locks && lost.is_locked() && !self.pauses {
                self.locks = false;
            }
            lost.times += 1;
            locks_all &= lost.is_locked();
        }
        self.locks_all = locks_all;
    }

    /// A row was not locked.
    pub(super) fn not_locked(&mut self, class: ErrorClass) {
        self.pauses = true;
        self.locks &= match class {
            ErrorClass::Transient => true,
            // MySQL and MariaDB so report a deadlock. On PostgreSQL the transaction has a snapshot, which is older than
            // each lock that it has to wait for.
            ErrorClass::Conflict => self.database == Database::Mysql,
            ErrorClass::ConnectionLost | ErrorClass::Other => false,
        };
        self.locks_all = false;
    }
}

/// A row that a conflict names.
struct Named<'e> {
    table: &'static str,
    key: &'e str,
    is_gone: bool,
    /// What locks it, if that was kept.
    row: Option<&'e LostRow>,
}

/// A conflict that names its rows.
enum Conflict<'e> {
    Row(&'e ConcurrentModification),
    Batch(&'e BatchConflict),
    Merge(&'e MergeConflict),
}

impl<'e> Conflict<'e> {
    /// The first one in the chain of an error and its sources.
    fn find(error: &'e (dyn StdError + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |&error| error.source()).find_map(|error| {
            let row = error.downcast_ref().map(Self::Row);
            let batch = || error.downcast_ref().map(Self::Batch);
            row.or_else(batch)
                .or_else(|| error.downcast_ref().map(Self::Merge))
        })
    }

    /// Has the database given the transaction up?
    fn is_aborted(&self) -> bool {
        let is_aborted =
            |conflict: &ConcurrentModification| *conflict.found() == Found::TransactionAborted;
        match self {
            Self::Row(conflict) => is_aborted(conflict),
            Self::Batch(conflict) => conflict.conflicts().iter().any(|(_, row)| is_aborted(row)),
            Self::Merge(_) => false,
        }
    }

    /// The rows.
    fn rows(&self) -> Vec<Named<'e>> {
        let of_row = |conflict: &'e ConcurrentModification| Named {
            table: conflict.table(),
            key: conflict.key(),
            is_gone: *conflict.found() == Found::Missing,
            row: conflict.lost_row(),
        };
        match self {
            Self::Row(conflict) => vec![of_row(conflict)],
            Self::Batch(conflict) => {
                let conflicts = conflict.conflicts().iter();
                conflicts.map(|(_, conflict)| of_row(conflict)).collect()
            }
            Self::Merge(conflict) => vec![Named {
                table: conflict.table(),
                key: conflict.key(),
                is_gone: false,
                row: conflict.lost_row(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn conflict(key: &str, found: Found) -> Error {
        let conflict = ConcurrentModification::new("contacts", key.into(), Some(3.into()), found);
        Error::from(conflict).keeping_row(|| Some(LostRow::new(key.to_owned())))
    }

    fn changed(key: &str) -> Error {
        let version = 5.into();
        conflict(key, Found::Modified { version })
    }

    fn locked(rows: &LostRows) -> Vec<String> {
        let locks = rows.to_lock();
        let key = |row: &LostRow| row.lock::<String>().cloned().unwrap_or_default();
        locks.iter().map(key).collect()
    }

    fn locking() -> LostRows {
        LostRows::new(Database::Postgres, TransactionOptions::new())
    }

    /// Each failure of an attempt, and what the next attempt locks.
    #[test]
    fn a_row_is_locked_after_two_conflicts() {
        let deadlock = || Error::from(diesel::result::Error::RollbackTransaction);
        let aborted = || conflict("1", Found::TransactionAborted);
        let missing = || conflict("1", Found::Missing);
        let batch = || {
            let conflicts = ["10", "9"].map(|key| match changed(key) {
                Error::ConcurrentModification(conflict) => (0, conflict),
                other => unreachable!("{other:?}"),
            });
            Error::from(BatchConflict::new(2, conflicts.into()))
        };
        type Course<'c> = &'c [(Error, &'c [&'c str])];
        let courses: [Course<'_>; 8] = [
            &[(changed("2"), &[]), (changed("2"), &["2"])],
            // The second row may not be wanted any more, as that of a job that another worker has taken.
            &[
                (changed("2"), &[]),
                (changed("1"), &[]),
                (changed("3"), &[]),
            ],
            &[
                (changed("2"), &[]),
                (changed("2"), &["2"]),
                (changed("1"), &["2"]),
                (changed("1"), &["1", "2"]),
            ],
            // MariaDB calls a row that was changed since the snapshot so.
            &[(aborted(), &[]), (aborted(), &["1"])],
            // It may have been a deadlock, which the lock has caused.
            &[
                (changed("1"), &[]),
                (changed("1"), &["1"]),
                (aborted(), &[]),
                (changed("1"), &["1"]),
            ],
            &[
                (changed("1"), &[]),
                (deadlock(), &[]),
                (changed("1"), &["1"]),
                (deadlock(), &[]),
            ],
            &[
                (changed("1"), &[]),
                (changed("1"), &["1"]),
                (missing(), &[]),
            ],
            // In the order of numbers, as a batch locks them.
            &[(batch(), &[]), (batch(), &["9", "10"])],
        ];
        for course in courses {
            let mut rows = locking();
            for (error, expected) in course {
                rows.lost(Some(error), !rows.to_lock().is_empty());
                assert_eq!(locked(&rows), *expected, "after {error:?}");
            }
        }
    }

    #[test]
    fn rows_are_locked_where_the_lock_can_be_waited_for() {
        let options = TransactionOptions::new();
        for (database, options, locks) in [
            (Database::Sqlite, options, false),
            (Database::Postgres, options.read_committed(), true),
            (Database::Postgres, options.read_only(), false),
            (Database::Postgres, options.repeatable_read(), false),
            (Database::Postgres, options.serializable(), false),
            (Database::Mysql, options.repeatable_read(), true),
            (Database::Mysql, options.serializable(), true),
        ] {
            let mut rows = LostRows::new(database, options);
            for _ in 0..CONFLICTS {
                rows.lost(Some(&changed("1")), false);
            }
            assert_eq!(!locked(&rows).is_empty(), locks, "{database:?} {options:?}");
        }
    }

    /// The lock of another row: of the same key in another database, say.
    #[test]
    fn a_row_that_is_lost_although_it_was_locked_is_locked_no_more() {
        let mut rows = locking();
        for expected in [0, 1, 0, 0, 0] {
            rows.lost(Some(&changed("1")), !rows.to_lock().is_empty());
            assert_eq!(locked(&rows).len(), expected);
        }
    }

    /// It waits at the server only for what the last attempt has lost.
    #[test]
    fn an_attempt_begins_at_once_if_it_locks_all_that_was_lost() {
        let mut rows = locking();
        for (key, at_once) in [("1", false), ("1", true), ("2", false), ("2", true)] {
            rows.lost(Some(&changed(key)), !rows.to_lock().is_empty());
            assert_eq!(rows.waits_at_server(), at_once, "{key}");
        }
    }

    #[test]
    fn an_error_that_cannot_be_seen_leads_to_no_lock() {
        let mut rows = locking();
        for _ in 0..3 {
            rows.lost(None, false);
            assert_eq!(locked(&rows), [""; 0]);
        }
    }

    #[test]
    fn many_rows_are_not_locked() {
        let mut rows = locking();
        for key in 0..=MOST {
            assert_eq!(locked(&rows).len(), key);
            for _ in 0..CONFLICTS {
                rows.lost(Some(&changed(&key.to_string())), false);
            }
        }
        assert_eq!(locked(&rows), [""; 0]);
    }

    #[test]
    fn a_row_that_was_not_locked_is_locked_again_only_after_what_passes() {
        use ErrorClass::{Conflict, ConnectionLost, Other, Transient};
        for (class, database, again) in [
            (Transient, Database::Postgres, true),
            (Transient, Database::Mysql, true),
            (Conflict, Database::Mysql, true),
            (Conflict, Database::Postgres, false),
            (Other, Database::Postgres, false),
            (ConnectionLost, Database::Mysql, false),
        ] {
            let mut rows = LostRows::new(database, TransactionOptions::new());
            let lose_twice = |rows: &mut LostRows| {
                for _ in 0..2 {
                    rows.lost(Some(&changed("1")), false);
                }
            };
            lose_twice(&mut rows);
            rows.not_locked(class);
            assert_eq!(locked(&rows), [""; 0]);
            lose_twice(&mut rows);
            assert_eq!(!locked(&rows).is_empty(), again, "{class:?} {database:?}");
        }
    }
}
