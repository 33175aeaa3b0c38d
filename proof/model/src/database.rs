//! The database: rows, their locks, transactions.
//!
//! It is READ COMMITTED, the weakest level that PostgreSQL, MySQL and MariaDB have in common: a
//! read sees what was last committed, a write locks its row until the transaction ends, and a write
//! that has waited for a lock looks at its condition again. What holds here holds at the stricter
//! levels too, where the database refuses more. (SQLite locks all rows at once, which only takes
//! interleavings away.)

use crate::contents::{ClientId, Contents, Edit, RowId, replaces_unseen};
use crate::event::{Committed, Event};
use crate::lease::LeaseRow;
use crate::protocol::Protocol;
use crate::statement::{Condition, Reply, Statement, Write};
use crate::token::Tokens;

/// The database, and the statements that nobody waits for any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Database {
    pub rows: Vec<Row>,
    pub lease: LeaseRow,
    pub clock: u8,
    /// How many transactions each client has open, one in another.
    pub open: Vec<u8>,
    pub under_way: Vec<UnderWay>,
    /// What a replica has of the rows, where there is one.
    pub replica: Option<Vec<Option<Contents>>>,
}

/// A row, or the place where one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub committed: Option<Contents>,
    /// What a transaction has made of it, which has it locked.
    pub uncommitted: Option<Uncommitted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uncommitted {
    pub by: ClientId,
    pub contents: Option<Contents>,
    /// The contents that a commit replaces were not seen by their author.
    pub replaces_unseen: bool,
}

/// A write that waits in the server for the lock of its row, and whose answer nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnderWay {
    pub by: ClientId,
    pub write: Write,
    /// The connection that it came by is still in use: its next statement comes behind this one.
    pub is_connected: bool,
    /// The client has been told that this write had not landed.
    pub was_denied: bool,
}

impl Database {
    /// Rows that were inserted at the beginning, at the time 0.
    pub fn new(tokens: Tokens, rows: u8, clients: u8, has_replica: bool) -> Self {
        let contents = Contents {
            version: tokens.first(0, Edit::Original),
            fields: [Edit::Original; 2],
        };
        let row = Row {
            committed: Some(contents),
            uncommitted: None,
        };
        Self {
            rows: vec![row; rows.into()],
            lease: LeaseRow::default(),
            clock: 0,
            open: vec![0; clients.into()],
            under_way: Vec::new(),
            replica: has_replica.then(|| vec![Some(contents); rows.into()]),
        }
    }

    /// Executes a statement of a client. `None`: it waits for a lock, and nothing has happened.
    pub fn execute(
        &mut self,
        by: ClientId,
        statement: Statement,
        protocol: &Protocol,
        events: &mut Vec<Event>,
    ) -> Option<Reply> {
        Some(match statement {
            Statement::Read(row) => Reply::Row(self.committed(row)),
            Statement::ReadLocked(row) => {
                let waits = self.is_locked_by_another(row, by)
                    || self.under_way.iter().any(|other| other.write.row == row);
                if waits {
                    return None;
                }
                Reply::Row(self.committed(row))
            }
            Statement::Write(write) => Reply::Rows(self.write(by, &write, events)?),
            Statement::Begin => {
                self.open[usize::from(by.0)] += 1;
                Reply::Done
            }
            Statement::Commit => {
                self.commit(by, events);
                Reply::Done
            }
            Statement::RollBack => {
                self.roll_back(by);
                Reply::Done
            }
            Statement::TakeLease { by_force } => {
                let before = self.lease.fence;
                let fence = self.lease.take(by, by_force, protocol)?;
                if let Some(fence) = fence {
                    events.push(Event::LeaseTaken { before, fence });
                }
                Reply::Fence(fence)
            }
            Statement::LockLease { fence } => {
                let is_expired = self.lease.is_expired;
                let is_locked = self.lease.lock(by, fence, protocol)?;
                if is_locked {
                    events.push(Event::LeaseLocked { is_expired });
                }
                Reply::Rows(is_locked.into())
            }
        })
    }

    /// The row as it was last committed.
    pub fn committed(&self, row: RowId) -> Option<Contents> {
        self.row(row).committed
    }

    /// Is a transaction of the client open?
    pub fn has_open(&self, by: ClientId) -> bool {
        self.open[usize::from(by.0)] > 0
    }

    /// Writes a row, at once or until the open transaction ends. Returns how many rows it has
    /// matched.
    fn write(&mut self, by: ClientId, write: &Write, events: &mut Vec<Event>) -> Option<u8> {
        if self.is_locked_by_another(write.row, by) {
            return None;
        }
        let Row {
            committed,
            uncommitted,
        } = *self.row(write.row);
        let present = uncommitted.map_or(committed, |own| own.contents);
        let matches = match write.condition {
            Condition::Version(version) => present.is_some_and(|row| row.version == version),
            Condition::Key => present.is_some(),
            Condition::Absent => present.is_none(),
        };
        if !matches {
            return Some(0);
        }
        let replaces_unseen = match (&present, &write.seen) {
            (Some(present), Some(seen)) => replaces_unseen(present, write.makes.as_ref(), seen),
            _ => false,
        };
        self.rows[usize::from(write.row.0)].uncommitted = Some(Uncommitted {
            by,
            contents: write.makes,
            replaces_unseen: replaces_unseen || uncommitted.is_some_and(|own| own.replaces_unseen),
        });
        if !self.has_open(by) {
            self.commit_rows(by, events);
        }
        Some(1)
    }

    fn commit(&mut self, by: ClientId, events: &mut Vec<Event>) {
        let open = &mut self.open[usize::from(by.0)];
        *open = open.saturating_sub(1);
        if *open == 0 {
            self.commit_rows(by, events);
            self.lease.unlock(by);
        }
    }

    fn commit_rows(&mut self, by: ClientId, events: &mut Vec<Event>) {
        for (row, index) in self.rows.iter_mut().zip(0..) {
            let Some(own) = row.uncommitted.take_if(|own| own.by == by) else {
                continue;
            };
            row.committed = own.contents;
            events.push(Event::Committed(Committed {
                by,
                row: RowId(index),
                replaced_unseen: own.replaces_unseen,
            }));
        }
    }

    /// Rolls back all that the client has not committed. A server does it too when the connection
    /// is closed.
    pub fn roll_back(&mut self, by: ClientId) {
        for row in &mut self.rows {
            row.uncommitted.take_if(|own| own.by == by);
        }
        self.lease.unlock(by);
        self.open[usize::from(by.0)] = 0;
    }

    fn row(&self, row: RowId) -> &Row {
        &self.rows[usize::from(row.0)]
    }

    fn is_locked_by_another(&self, row: RowId, by: ClientId) -> bool {
        self.row(row)
            .uncommitted
            .is_some_and(|other| other.by != by)
    }
}
