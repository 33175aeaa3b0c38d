//! A write in a transaction of its own, or of an operation around it.

use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire};
use crate::statement::LockMode;
use crate::token::VersionToken;

/// A row whose write is not final before the COMMIT: dropped before it is [settled](RowWrite::settle) itself, it puts
/// memory back.
pub(crate) struct Uncommitted<'r, R: ?Sized, V> {
    row: &'r mut R,
    /// The version that the write has expected, if it has matched the row.
    expected: Option<V>,
}

impl<'r, R: ?Sized, V> Uncommitted<'r, R, V> {
    pub(crate) fn new(row: &'r mut R) -> Self {
        Self {
            row,
            expected: None,
        }
    }

    /// The error of a COMMIT that may have landed, with what was written.
    pub(crate) fn noted_in<X>(&self, error: Error) -> Error
    where
        X: Executes,
        R: RowWrite<X, V>,
    {
        match error {
            Error::OutcomeUnknown(lost) => {
                let expected = self.expected.as_ref();
                let written = expected.and_then(|expected| self.row.lost_write(expected));
                Error::OutcomeUnknown(lost.with_writes(written.into_iter().collect()))
            }
            error => error,
        }
    }

    /// The write is final.
    pub(crate) fn committed<X>(&mut self)
    where
        X: Executes,
        R: RowWrite<X, V>,
    {
        self.row.settle(true);
    }
}

impl<X, V, R> RowRead<X, V> for Uncommitted<'_, R, V>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    fn named(&self) -> &dyn AnyRow {
        self.row.named()
    }

    fn lock(&self) -> LockMode {
        self.row.lock()
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        self.row.read(lock, conn)
    }

    fn found(&self) -> Option<&V> {
        self.row.found()
    }
}

impl<X, V, R> RowWrite<X, V> for Uncommitted<'_, R, V>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    fn in_memory(&self) -> V {
        self.row.in_memory()
    }

    fn has_changes(&self) -> bool {
        self.row.has_changes()
    }

    fn write<'w>(
        &'w mut self,
        expected: &V,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        self.expected = Some(expected.clone());
        self.row.write(expected, conn)
    }

    fn lost_write(&self, expected: &V) -> Option<LostWrite> {
        self.row.lost_write(expected)
    }

    fn next_version(&self) -> NextVersion {
        self.row.next_version()
    }

    fn adopt(&mut self) {
        self.row.adopt();
    }

    fn settle(&mut self, is_written: bool) {
        if !is_written {
            self.expected = None;
            self.row.settle(false);
        }
    }
}
