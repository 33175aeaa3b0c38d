//! What is in a row, and what a client knows of it.
//!
//! To see whether an update was lost one must know who has written what, and who has seen it. So a
//! field does not hold a text or a number: it holds the *edit* that wrote it. No two edits are
//! equal.

use crate::token::Token;
use std::fmt;

/// One of the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientId(pub u8);

/// One of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId(pub u8);

/// What one operation of a client puts into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edit {
    /// What was there at the beginning.
    Original,
    /// The edit of this client with this number.
    Of(ClientId, u8),
}

/// One of the two fields of a row. With two, the edits of two clients can be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Left,
    Right,
}

/// The two fields.
pub type Fields = [Edit; 2];

/// What is in a row beside its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contents {
    pub version: Token,
    pub fields: Fields,
}

/// The value of a row in the memory of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Memory {
    /// What the row has, as far as the client knows, and its own edits.
    pub contents: Contents,
    /// The fields that the client has seen in the row: its edits are based on them. (A merge calls
    /// it the base.)
    pub seen: Fields,
}

impl Memory {
    /// A value that was just loaded.
    pub fn of(contents: Contents) -> Self {
        Self {
            contents,
            seen: contents.fields,
        }
    }

    /// The user edits a field.
    pub fn edit(&mut self, field: Field, edit: Edit) {
        self.contents.fields[field as usize] = edit;
    }

    /// The three-way merge of this value with the row as it is now: for each field the side that
    /// has changed it. `None` if both sides have changed one field.
    pub fn merged_with(&self, theirs: &Contents) -> Option<Fields> {
        let mut merged = theirs.fields;
        for (field, merged) in merged.iter_mut().enumerate() {
            let mine = self.contents.fields[field];
            let base = self.seen[field];
            if mine != base {
                if *merged != base {
                    return None;
                }
                *merged = mine;
            }
        }
        Some(merged)
    }
}

/// Would a write of `after` replace a field that its author has not seen? This is what a lost
/// update is.
pub fn replaces_unseen(before: &Contents, after: Option<&Contents>, seen: &Fields) -> bool {
    before
        .fields
        .iter()
        .zip(seen)
        .enumerate()
        .any(|(field, (before, seen))| {
            let is_kept = after.is_some_and(|after| after.fields[field] == *before);
            !is_kept && before != seen
        })
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("Ann"),
            1 => f.write_str("Bob"),
            2 => f.write_str("Cay"),
            other => write!(f, "client {other}"),
        }
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.0 + 1)
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original => f.write_str("original"),
            Self::Of(client, number) => write!(f, "{client} {number}"),
        }
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            fields: [left, right],
        } = self;
        write!(f, "version {version} ({left}, {right})")
    }
}
