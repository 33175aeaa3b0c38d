//! A client: what it has in memory, and what it is doing.

use crate::contents::{ClientId, Contents, Edit, Field, Memory, RowId};
use crate::event::{End, Resolved};
use crate::one_row::{How, OneRow};
use crate::operation::Operation;
use crate::protocol::Protocol;
use crate::statement::{Reply, Statement};
use crate::token::Token;
use crate::unit::{Kind, Order, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client {
    pub id: ClientId,
    /// The values of the rows: `None` if the client has none.
    pub memory: Vec<Option<Memory>>,
    pub doing: Doing,
    /// The values as they were when the operation was called.
    before: Vec<Option<Memory>>,
    pub doubts: Vec<Doubt>,
    /// The write whose answer was lost last.
    pub attempt: Option<Attempt>,
    /// The fence of the lease that the client believes to have.
    pub lease: Option<u8>,
    pub connection: Connection,
    edits: u8,
    pub operations_left: u8,
}

/// The operation that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    Nothing,
    Loading(RowId),
    OneRow(OneRow),
    Unit(Unit),
    Acquiring { by_force: bool },
    Resolving(Attempt),
}

/// Why a row may have another version than the value in memory. Clients do not know it: it is kept
/// to judge them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Doubt {
    /// Another client has written the row since.
    pub is_overtaken: bool,
    /// The client itself has sent a write whose outcome it does not know.
    pub has_lost_own: bool,
}

/// A write whose answer was lost. The client knows what it would have made of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attempt {
    pub row: RowId,
    pub edit: Edit,
    pub expected: Token,
    pub contents: Contents,
}

/// The client's end of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connection {
    InStep,
    /// An answer is on it that nobody waits for. The next statement takes this answer for its own,
    /// and leaves its own one behind.
    OutOfStep(Reply),
    /// Nothing is sent through it any more.
    GivenUp,
}

impl Client {
    pub fn new(id: ClientId, rows: u8, operations: u8) -> Self {
        Self {
            id,
            memory: vec![None; rows.into()],
            doing: Doing::Nothing,
            before: Vec::new(),
            doubts: vec![Doubt::default(); rows.into()],
            attempt: None,
            lease: None,
            connection: Connection::InStep,
            edits: 0,
            operations_left: operations,
        }
    }

    pub(crate) fn next_edit(&mut self) -> Edit {
        self.edits += 1;
        Edit::Of(self.id, self.edits)
    }

    fn value(&self, row: RowId) -> Option<&Memory> {
        self.memory[usize::from(row.0)].as_ref()
    }

    /// Calls an operation, unless the client has not what it needs.
    pub fn begin(&mut self, operation: Operation, clock: u8, protocol: &Protocol) -> Option<()> {
        self.operations_left = self.operations_left.checked_sub(1)?;
        let has = |row: RowId| self.value(row).is_some();
        let one_row = |how, row, field, client: &mut Self| {
            OneRow::new(how, (row, field), client, (clock, protocol)).map(Doing::OneRow)
        };
        self.doing = match operation {
            Operation::Load(row) => Doing::Loading(row),
            Operation::Save(row) => one_row(How::Checked, row, Field::Left, self)?,
            Operation::Force(row) => one_row(How::Forced, row, Field::Left, self)?,
            Operation::Merge(row, field) => one_row(How::Merged, row, field, self)?,
            Operation::Delete(row) => one_row(How::Deleted, row, Field::Left, self)?,
            Operation::Insert(row) if has(row) => return None,
            Operation::Insert(row) => one_row(How::Inserted, row, Field::Left, self)?,
            Operation::Transaction(order, returns_ok) => {
                self.unit(Kind::Transaction { returns_ok }, order, protocol)?
            }
            Operation::Batch(order) => self.unit(Kind::Batch, order, protocol)?,
            Operation::SaveLeased => {
                let fence = self.lease?;
                self.unit(Kind::Leased { fence }, Order::First, protocol)?
            }
            Operation::Acquire { by_force } => Doing::Acquiring { by_force },
            Operation::Resolve => Doing::Resolving(self.attempt?),
        };
        self.before = self.memory.clone();
        Some(())
    }

    fn unit(&mut self, kind: Kind, order: Order, protocol: &Protocol) -> Option<Doing> {
        let edit = self.next_edit();
        for row in order.rows() {
            let memory = self.memory[usize::from(row.0)].as_mut()?;
            // The body of a transaction edits for itself.
            if !matches!(kind, Kind::Transaction { .. }) {
                memory.edit(Field::Left, edit);
            }
        }
        Some(Doing::Unit(Unit::new(kind, order, edit, protocol)))
    }

    /// The statement that the operation sends next.
    pub fn statement(&self, clock: u8, protocol: &Protocol) -> Option<Statement> {
        match self.doing {
            Doing::Nothing => None,
            Doing::Loading(row) => Some(Statement::Read(row)),
            Doing::OneRow(one_row) => Some(one_row.statement()),
            Doing::Unit(unit) => unit.statement(&self.memory, clock, protocol),
            Doing::Acquiring { by_force } => Some(Statement::TakeLease { by_force }),
            Doing::Resolving(attempt) if protocol.resolves_by_a_locking_read => {
                Some(Statement::ReadLocked(attempt.row))
            }
            Doing::Resolving(attempt) => Some(Statement::Read(attempt.row)),
        }
    }

    /// The answer to the statement. Returns the end of the operation, if it has ended.
    pub fn receive(
        &mut self,
        statement: Statement,
        reply: Reply,
        clock: u8,
        protocol: &Protocol,
    ) -> Option<End> {
        match &mut self.doing {
            Doing::Nothing => None,
            Doing::Loading(row) => {
                let row = *row;
                self.learn(row, reply.row().map(Memory::of));
                Some(End::Loaded)
            }
            Doing::OneRow(one_row) => {
                let row = one_row.write.row;
                let memory = self.memory[usize::from(row.0)].as_ref();
                let end = one_row.receive(reply, memory, (clock, protocol))?;
                if end == End::Saved {
                    let made = one_row.write.makes.map(Memory::of);
                    self.learn(row, made);
                }
                Some(end)
            }
            Doing::Unit(unit) => {
                let end = unit.receive(statement, reply, &mut self.memory, protocol)?;
                if end == End::Saved {
                    for row in unit.order.rows() {
                        let made = self.memory[usize::from(row.0)];
                        self.learn(*row, made);
                    }
                }
                Some(end)
            }
            Doing::Acquiring { .. } => {
                let Some(fence) = reply.fence() else {
                    return Some(End::LeaseHeld);
                };
                self.lease = Some(fence);
                Some(End::Acquired)
            }
            Doing::Resolving(attempt) => {
                let attempt = *attempt;
                let resolved = attempt.judge(reply.row(), protocol);
                self.attempt = None;
                match resolved {
                    Resolved::Landed => self.learn(attempt.row, reply.row().map(Memory::of)),
                    Resolved::NotLanded => {
                        self.doubts[usize::from(attempt.row.0)].has_lost_own = false;
                    }
                    Resolved::Changed => {}
                }
                Some(End::Resolved(resolved))
            }
        }
    }

    /// The value of a row is what the row has now.
    fn learn(&mut self, row: RowId, value: Option<Memory>) {
        self.memory[usize::from(row.0)] = value;
        self.doubts[usize::from(row.0)] = Doubt::default();
        self.attempt.take_if(|attempt| attempt.row == row);
    }

    /// The operation ends without an answer: the client does not know what became of its write,
    /// unless nothing can have landed.
    pub fn lose_answer(&mut self, is_known_to_have_failed: bool) -> End {
        let (rows, edit, contents) = match self.doing {
            Doing::OneRow(OneRow {
                how, edit, write, ..
            }) => {
                let saved = write.makes.filter(|_| how == How::Checked);
                (vec![write.row], Some(edit), saved)
            }
            Doing::Unit(unit) => {
                let rows = unit.order.rows().to_vec();
                let first = self.value(rows[0]).map(|memory| memory.contents);
                (rows, Some(unit.edit), first)
            }
            _ => (Vec::new(), None, None),
        };
        if is_known_to_have_failed {
            return End::Failed;
        }
        for row in &rows {
            self.doubts[usize::from(row.0)].has_lost_own = true;
        }
        let before = rows.first().and_then(|row| self.before[usize::from(row.0)]);
        if let (Some(contents), Some(edit), Some(before)) = (contents, edit, before) {
            self.attempt = Some(Attempt {
                row: rows[0],
                edit,
                expected: before.contents.version,
                contents,
            });
        }
        End::Unknown
    }

    /// The operation has ended. Returns whether the values are what they were when it was called.
    pub fn end(&mut self, end: End, protocol: &Protocol) -> bool {
        let is_unit = matches!(self.doing, Doing::Unit(_));
        if is_unit && end != End::Saved && protocol.puts_values_back {
            self.memory.clone_from(&self.before);
        }
        let keeps_memory = self.memory == self.before;
        self.before.clear();
        self.doing = Doing::Nothing;
        keeps_memory
    }
}

impl Attempt {
    /// What became of the write, by the row as it is now.
    fn judge(&self, row: Option<Contents>, protocol: &Protocol) -> Resolved {
        match row {
            Some(row) if row.version == self.contents.version => {
                // Another client could have made this number or this time.
                if protocol.tokens.are_unique() || row.fields == self.contents.fields {
                    Resolved::Landed
                } else {
                    Resolved::Changed
                }
            }
            Some(row) if row.version == self.expected => Resolved::NotLanded,
            _ => Resolved::Changed,
        }
    }
}
