//! The rows that the attempts of a retry have lost, and when the next attempt locks them.

use crate::backend::{Database, ErrorClass};
use crate::error::{BatchConflict, ConcurrentModification, Found, LostRow, MergeConflict};
use std::collections::BTreeMap;
use std::error::Error as StdError;

/// After so many conflicts in a row, the next attempt locks what was lost. The first ones are met without a lock:
/// where conflicts are rare, it would cost a way to the server for nothing.
const CONFLICTS: u32 = 2;

/// More rows are not locked: each is a way to the server, and the rows before it are held meanwhile.
const MOST: usize = 16;

/// The rows that the attempts of a retry have lost.
pub(super) struct LostRows {
    /// By table and key, so that all retries lock in the same order. Rows whose keys print alike are one.
    rows: BTreeMap<(&'static str, String), LostRow>,
    /// How many conflicts there were in a row.
    conflicts: u32,
    /// May they be locked?
    locks: bool,
}

impl LostRows {
    pub(super) fn new(locks: bool) -> Self {
        Self {
            rows: BTreeMap::new(),
            conflicts: 0,
            locks,
        }
    }

    /// What the next attempt locks.
    pub(super) fn to_lock(&self) -> Vec<LostRow> {
        if self.locks && self.conflicts >= CONFLICTS && self.rows.len() <= MOST {
            self.rows.values().cloned().collect()
        } else {
            Vec::new()
        }
    }

    /// An attempt has failed, in which rows were locked or not. `error` is that of its body, if it can be seen.
    ///
    /// After anything but a conflict the next attempt locks nothing. So it is after a deadlock, which the locks may
    /// have led to.
    pub(super) fn lost(&mut self, error: Option<&(dyn StdError + 'static)>, had_locks: bool) {
        match error.and_then(Conflict::find) {
            Some(conflict) if !(had_locks && conflict.is_aborted()) => {
                self.conflicts += 1;
                for (table, key, row) in conflict.rows() {
                    self.rows.insert((table, key.to_owned()), row.clone());
                }
            }
            _ => self.conflicts = 0,
        }
    }

    /// A row was not locked.
    pub(super) fn not_locked(&mut self, class: ErrorClass, database: Option<Database>) {
        self.conflicts = 0;
        self.locks &= match class {
            ErrorClass::Transient => true,
            // MySQL and MariaDB so report a deadlock. On PostgreSQL the transaction has a snapshot, which is older than
            // each lock that it has to wait for.
            ErrorClass::Conflict => database == Some(Database::Mysql),
            ErrorClass::ConnectionLost | ErrorClass::Other => false,
        };
    }
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
        matches!(self, Self::Row(conflict) if *conflict.found() == Found::TransactionAborted)
    }

    /// The table and the key of each row that can be locked, and the row.
    fn rows(&self) -> Vec<(&'static str, &'e str, &'e LostRow)> {
        let of_row = |conflict: &'e ConcurrentModification| {
            let row = conflict.lost_row()?;
            Some((conflict.table(), conflict.key(), row))
        };
        match self {
            Self::Row(conflict) => of_row(conflict).into_iter().collect(),
            Self::Batch(conflict) => {
                let conflicts = conflict.conflicts().iter();
                conflicts.filter_map(|(_, row)| of_row(row)).collect()
            }
            Self::Merge(conflict) => {
                let row = conflict.lost_row();
                let named = row.map(|row| (conflict.table(), conflict.key(), row));
                named.into_iter().collect()
            }
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

    /// Each failure of an attempt, and what the next attempt locks.
    #[test]
    fn rows_are_locked_after_two_conflicts_in_a_row() {
        let deadlock = || Error::from(diesel::result::Error::RollbackTransaction);
        let aborted = || conflict("1", Found::TransactionAborted);
        let missing = || conflict("9", Found::Missing);
        let batch = || {
            let conflicts = ["8", "2"].map(|key| match changed(key) {
                Error::ConcurrentModification(conflict) => (0, conflict),
                other => unreachable!("{other:?}"),
            });
            Error::from(BatchConflict::new(2, conflicts.into()))
        };
        type Course<'c> = &'c [(Error, &'c [&'c str])];
        let courses: [Course<'_>; 7] = [
            &[(changed("2"), &[]), (changed("2"), &["2"])],
            &[
                (changed("2"), &[]),
                (changed("1"), &["1", "2"]),
                (changed("3"), &["1", "2", "3"]),
            ],
            // MariaDB calls a row that was changed since the snapshot so.
            &[(aborted(), &[]), (aborted(), &["1"])],
            // With a lock it was a deadlock.
            &[
                (changed("1"), &[]),
                (changed("1"), &["1"]),
                (aborted(), &[]),
                (changed("1"), &[]),
                (changed("1"), &["1"]),
            ],
            &[
                (changed("1"), &[]),
                (deadlock(), &[]),
                (changed("1"), &[]),
                (changed("1"), &["1"]),
            ],
            &[(missing(), &[]), (missing(), &[])],
            &[(batch(), &[]), (batch(), &["2", "8"])],
        ];
        for course in courses {
            let mut rows = LostRows::new(true);
            for (error, expected) in course {
                rows.lost(Some(error), !rows.to_lock().is_empty());
                assert_eq!(locked(&rows), *expected, "after {error:?}");
            }
            let mut never = LostRows::new(false);
            for (error, _) in course {
                never.lost(Some(error), false);
                assert_eq!(locked(&never), [""; 0]);
            }
        }
    }

    #[test]
    fn an_error_that_cannot_be_seen_leads_to_no_lock() {
        let mut rows = LostRows::new(true);
        for _ in 0..3 {
            rows.lost(None, false);
            assert_eq!(locked(&rows), [""; 0]);
        }
    }

    #[test]
    fn many_rows_are_not_locked() {
        let mut rows = LostRows::new(true);
        for key in 0..=MOST {
            assert_eq!(locked(&rows).len(), if key < 2 { 0 } else { key });
            rows.lost(Some(&changed(&key.to_string())), false);
        }
        assert_eq!(locked(&rows), [""; 0]);
    }

    #[test]
    fn a_row_that_was_not_locked_is_locked_again_only_after_what_passes() {
        use ErrorClass::{Conflict, ConnectionLost, Other, Transient};
        let (postgres, mysql) = (Some(Database::Postgres), Some(Database::Mysql));
        for (class, database, again) in [
            (Transient, postgres, true),
            (Transient, mysql, true),
            (Conflict, mysql, true),
            (Conflict, postgres, false),
            (Conflict, None, false),
            (Other, postgres, false),
            (ConnectionLost, mysql, false),
        ] {
            let mut rows = LostRows::new(true);
            let lose_twice = |rows: &mut LostRows| {
                for _ in 0..2 {
                    rows.lost(Some(&changed("1")), false);
                }
            };
            lose_twice(&mut rows);
            rows.not_locked(class, database);
            assert_eq!(locked(&rows), [""; 0]);
            lose_twice(&mut rows);
            assert_eq!(!locked(&rows).is_empty(), again, "{class:?} {database:?}");
        }
    }
}
