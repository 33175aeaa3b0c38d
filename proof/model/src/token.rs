//! The version of a row, and which one comes next.
//!
//! Each write of a row gives it another version, and a checked write names the version that it
//! expects: the database writes the row only if it still has that one. So everything hangs on one
//! property: **while a client holds a version in memory, no other contents may get this version.**
//! A counter has it as long as nothing takes the row back in time. A token that is drawn at random
//! (a UUID) has it always.

use crate::contents::Edit;
use std::fmt;

/// The version of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    Number(u8),
    /// The tick of a clock.
    Time(u8),
    /// A token that was drawn for this edit, and is drawn by no other.
    Drawn(Edit),
}

/// How a table makes its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tokens {
    /// The number after that of the row.
    Counter,
    /// The present time, or one unit after the time of the row if the clock is not behind it.
    Time,
    /// A random one.
    Uuid,
    /// **Naive**: the present time, as `SET updated_at = now()` has it.
    Now,
}

impl Tokens {
    /// The version of a row that is inserted.
    pub fn first(self, clock: u8, edit: Edit) -> Token {
        match self {
            Self::Counter => Token::Number(1),
            Self::Time | Self::Now => Token::Time(clock),
            Self::Uuid => Token::Drawn(edit),
        }
    }

    /// The version that a write gives to a row of this version.
    pub fn next(self, after: Token, clock: u8, edit: Edit) -> Token {
        match (self, after) {
            (Self::Uuid, _) | (_, Token::Drawn(_)) => Token::Drawn(edit),
            (Self::Now, _) => Token::Time(clock),
            (_, Token::Number(number)) => Token::Number(number + 1),
            (_, Token::Time(time)) => Token::Time(clock.max(time + 1)),
        }
    }

    /// Does a version belong to one write alone?
    pub fn are_unique(self) -> bool {
        self == Self::Uuid
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Time => "time",
            Self::Uuid => "UUID",
            Self::Now => "now()",
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Time(tick) => write!(f, "t{tick}"),
            Self::Drawn(edit) => write!(f, "uuid({edit})"),
        }
    }
}
