//! Writes of one row: save, forced save, merging save, delete, insert.
//!
//! **A save** sends one statement, `UPDATE .. WHERE key = ? AND version = ?`, which writes the row
//! and gives it the next version. If it matched one row, the version in memory moves on. If it matched
//! none, another client has changed or deleted the row: the save reads it, to say which, and returns
//! the conflict. In memory nothing has changed.
//!
//! **A merging save** does not give up then. It merges its edits into the row that it has read, and
//! sends the result, at the version of that row. **A forced save** reads the version first, and sends
//! the value whatever that is. Both are checked writes in the end, which are repeated until they match.

use crate::client::Client;
use crate::contents::{Contents, Edit, Field, Memory, RowId};
use crate::event::End;
use crate::protocol::Protocol;
use crate::statement::{Condition, Reply, Statement, Write};

/// How one row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    Checked,
    Forced,
    Merged,
    Deleted,
    Inserted,
}

/// A write of one row that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OneRow {
    pub how: How,
    pub edit: Edit,
    /// What is sent, or will be when the row is read.
    pub write: Write,
    /// The next statement reads the row.
    reads: bool,
}

impl OneRow {
    /// The user edits the value, and calls the operation.
    pub fn new(
        how: How,
        (row, field): (RowId, Field),
        client: &mut Client,
        (clock, protocol): (u8, &Protocol),
    ) -> Option<Self> {
        let edit = client.next_edit();
        if how == How::Inserted {
            return Some(Self {
                how,
                edit,
                write: insert(row, edit, clock, protocol),
                reads: false,
            });
        }
        let memory = client.memory[usize::from(row.0)].as_mut()?;
        if how != How::Deleted {
            memory.edit(field, edit);
        }
        let Contents { version, fields } = memory.contents;
        let names_the_version = match how {
            How::Forced => protocol.forces_at_the_found_version,
            _ => protocol.checks_in_the_write,
        };
        let write = Write {
            row,
            condition: if names_the_version {
                Condition::Version(version)
            } else {
                Condition::Key
            },
            makes: (how != How::Deleted).then(|| Contents {
                version: protocol.tokens.next(version, clock, edit),
                fields,
            }),
            seen: (how != How::Forced).then_some(memory.seen),
        };
        Some(Self {
            how,
            edit,
            write,
            // A forced write has to know the version to name it; a naive one compares it beforehand.
            reads: (how == How::Forced) == names_the_version,
        })
    }

    pub fn statement(&self) -> Statement {
        if self.reads {
            Statement::Read(self.write.row)
        } else {
            Statement::Write(self.write)
        }
    }

    /// The answer to the statement: returns the end of the operation, if it has ended.
    pub fn receive(
        &mut self,
        reply: Reply,
        memory: Option<&Memory>,
        (clock, protocol): (u8, &Protocol),
    ) -> Option<End> {
        let row = self.write.row;
        if !self.reads {
            return match (reply.rows(), self.write.condition) {
                (1, _) => Some(End::Saved),
                (_, Condition::Absent) => Some(End::Refused),
                (_, Condition::Key) => Some(End::Conflict(row)),
                (_, Condition::Version(_)) => {
                    self.reads = true;
                    None
                }
            };
        }
        let (Some(found), Some(memory)) = (reply.row(), memory) else {
            return Some(End::Conflict(row));
        };
        let fields = match self.how {
            How::Forced => memory.contents.fields,
            How::Merged if !protocol.merges_by_field => memory.contents.fields,
            How::Merged => match memory.merged_with(&found) {
                Some(merged) => merged,
                None => return Some(End::FieldConflict(row)),
            },
            _ if found.version != memory.contents.version => return Some(End::Conflict(row)),
            // The database has refused to write the row, by a policy for example.
            _ if protocol.checks_in_the_write => return Some(End::Refused),
            _ => memory.contents.fields,
        };
        self.reads = false;
        if protocol.checks_in_the_write {
            self.write.condition = Condition::Version(found.version);
        }
        if let Some(makes) = &mut self.write.makes {
            makes.fields = fields;
            makes.version = protocol.tokens.next(found.version, clock, self.edit);
        }
        None
    }
}

/// A row under a key where the client knows of none.
fn insert(row: RowId, edit: Edit, clock: u8, protocol: &Protocol) -> Write {
    Write {
        row,
        condition: Condition::Absent,
        makes: Some(Contents {
            version: protocol.tokens.first(clock, edit),
            fields: [edit; 2],
        }),
        seen: None,
    }
}
