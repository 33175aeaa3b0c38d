//! A write in a transaction of its own, or of an operation around it.

use super::around::{Around, Otherwise};
use crate::error::Error;
use crate::executes::{Executes, RowWrite};
use crate::token::VersionToken;

/// A row whose write is not final before the COMMIT: dropped before it is [settled](RowWrite::settle) itself, it puts
/// memory back.
pub(crate) type Uncommitted<'r, R, X, V> = Around<'r, R, X, V, NotFinal<V>>;

/// See [`Uncommitted`].
pub(crate) struct NotFinal<V> {
    /// The version that the write has expected, if it has matched the row.
    expected: Option<V>,
}

impl<V: VersionToken> Otherwise<V> for NotFinal<V> {
    fn sending(&mut self, expected: &V) {
        self.expected = Some(expected.clone());
    }

    /// What has matched the row is settled by the COMMIT.
    fn settles(&mut self, is_written: bool) -> bool {
        if !is_written {
            self.expected = None;
        }
        !is_written
    }
}

impl<'r, R, X, V> Uncommitted<'r, R, X, V>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
{
    pub(crate) fn new(row: &'r mut R) -> Self {
        Self::of(row, NotFinal { expected: None })
    }

    /// The error of a COMMIT that may have landed, with what was written.
    pub(crate) fn noted_in(&self, error: Error) -> Error {
        match error {
            Error::OutcomeUnknown(lost) => {
                let expected = self.own.expected.as_ref();
                let written = expected.and_then(|expected| self.row.lost_write(expected));
                Error::OutcomeUnknown(lost.with_writes(written.into_iter().collect()))
            }
            error => error,
        }
    }

    /// The write is final.
    pub(crate) fn committed(&mut self) {
        self.row.settle(true);
    }
}
