//! Transactions, batches and leased writes: several statements of which all count, or none.
//!
//! Each save in a transaction moves the version of its value on in memory. **A rollback in the
//! database does not reach memory**: without more, memory would be one version ahead of the row, and as
//! soon as another client has saved the row, its version would be that of memory by accident. So
//! whatever ends a transaction but its COMMIT puts the values back as they were before: an error of the
//! body, a conflict, a lost connection, a dropped future.
//!
//! **A batch** is a transaction too, which is rolled back as soon as one of its rows matched nothing.
//! **A leased write** locks the lease of the row first, if it is still held, and has it locked until
//! the COMMIT.

use crate::contents::{Contents, Edit, Field, Memory, RowId};
use crate::event::End;
use crate::protocol::Protocol;
use crate::statement::{Condition, Reply, Statement, Write};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The body of a transaction saves the rows, and then returns `Ok` or an error of its own.
    Transaction {
        returns_ok: bool,
    },
    Batch,
    /// A save under the lease of this fence.
    Leased {
        fence: u8,
    },
}

/// The rows of a unit, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    First,
    Both,
    Reversed,
}

impl Order {
    pub fn rows(self) -> &'static [RowId] {
        match self {
            Self::First => &[RowId(0)],
            Self::Both => &[RowId(0), RowId(1)],
            Self::Reversed => &[RowId(1), RowId(0)],
        }
    }
}

/// A transaction that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit {
    pub kind: Kind,
    pub order: Order,
    pub edit: Edit,
    stage: Stage,
}

/// Which statement comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    Begin,
    LockLease { fence: u8 },
    Write(usize),
    Commit,
    RollBack(End),
}

impl Unit {
    pub fn new(kind: Kind, order: Order, edit: Edit, protocol: &Protocol) -> Self {
        let needs_begin = kind != Kind::Batch || protocol.batches_in_a_transaction;
        Self {
            kind,
            order,
            edit,
            stage: if needs_begin {
                Stage::Begin
            } else {
                Stage::Write(0)
            },
        }
    }

    pub fn statement(
        &self,
        memory: &[Option<Memory>],
        clock: u8,
        protocol: &Protocol,
    ) -> Option<Statement> {
        Some(match self.stage {
            Stage::Begin => Statement::Begin,
            Stage::LockLease { fence } => Statement::LockLease { fence },
            Stage::Write(index) => {
                let row = self.order.rows()[index];
                let mut value = memory[usize::from(row.0)]?;
                value.edit(Field::Left, self.edit);
                let version = value.contents.version;
                Statement::Write(Write {
                    row,
                    condition: Condition::Version(version),
                    makes: Some(Contents {
                        version: protocol.tokens.next(version, clock, self.edit),
                        fields: value.contents.fields,
                    }),
                    seen: Some(value.seen),
                })
            }
            Stage::Commit => Statement::Commit,
            Stage::RollBack(_) => Statement::RollBack,
        })
    }

    /// The answer to a statement: moves the value that it has written on, and returns the end if
    /// that was the last one.
    pub fn receive(
        &mut self,
        statement: Statement,
        reply: Reply,
        memory: &mut [Option<Memory>],
        protocol: &Protocol,
    ) -> Option<End> {
        self.stage = match (self.stage, statement) {
            (Stage::Begin, _) => match self.kind {
                Kind::Leased { fence } => Stage::LockLease { fence },
                Kind::Transaction { .. } | Kind::Batch => Stage::Write(0),
            },
            (Stage::LockLease { .. }, _) if reply.rows() == 1 => Stage::Write(0),
            (Stage::LockLease { .. }, _) => Stage::RollBack(End::LeaseLost),
            (Stage::Write(index), Statement::Write(write)) if reply.rows() == 1 => {
                memory[usize::from(write.row.0)] = write.makes.map(Memory::of);
                match self.kind {
                    _ if index + 1 < self.order.rows().len() => Stage::Write(index + 1),
                    Kind::Transaction { returns_ok: false } => Stage::RollBack(End::RolledBack),
                    Kind::Transaction { .. } | Kind::Batch | Kind::Leased { .. } => Stage::Commit,
                }
            }
            (Stage::Write(index), _) => Stage::RollBack(End::Conflict(self.order.rows()[index])),
            (Stage::Commit, _) => return Some(End::Saved),
            (Stage::RollBack(end), _) => return Some(end),
        };
        if self.kind == Kind::Batch && !protocol.batches_in_a_transaction {
            // There is nothing to commit and nothing that could be rolled back.
            return match self.stage {
                Stage::Commit => Some(End::Saved),
                Stage::RollBack(end) => Some(end),
                _ => None,
            };
        }
        None
    }
}
