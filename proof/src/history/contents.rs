use super::names::{self, Name};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A row: the table that it is in, and its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Row {
    #[serde(deserialize_with = "names::known")]
    pub table: Name,
    pub key: i64,
}

/// What a column holds: the number of the write that wrote it. No two writes of a run have one number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Stamp(pub u64);

/// The version of a row, as text, so that a number, a UUID and a time are treated alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// A version that counts: each write makes the next number.
    Number(i64),
    /// A UUID or a time.
    Token(String),
}

impl Version {
    /// The version, if it is a time, as chrono prints one. Two writes of one version may draw the same time, of which
    /// one is refused. A UUID is drawn once.
    pub fn time(&self) -> Option<NaiveDateTime> {
        match self {
            Self::Number(_) => None,
            Self::Token(token) => NaiveDateTime::parse_from_str(token, "%Y-%m-%d %H:%M:%S%.f").ok(),
        }
    }
}

/// What a row holds beside its key. Clients write one of the two columns or both, so that two of them can
/// be merged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contents {
    pub version: Version,
    pub left: Stamp,
    pub right: Stamp,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.key)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Token(token) => f.write_str(token),
        }
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            left,
            right,
        } = self;
        write!(f, "version {version}, left {}, right {}", left.0, right.0)
    }
}
