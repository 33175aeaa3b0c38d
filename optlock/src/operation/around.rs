//! A write of a row around another write of it.

use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire};
use crate::statement::{LockMode, RowLock};
use crate::token::VersionValue;
use std::marker::PhantomData;

/// A write of a row around another write of it, which `O` does some things otherwise than.
///
/// It does not hand on what is written [after a conflict](RowWrite::after_conflict): a write that has something to write
/// then is within no other.
pub(crate) struct Around<'r, R: ?Sized, X, V, O> {
    pub(super) row: &'r mut R,
    pub(super) own: O,
    write: PhantomData<fn(X) -> V>,
}

/// What a write [`Around`] another one does otherwise.
pub(crate) trait Otherwise<V> {
    /// The version that an error names.
    fn named(&self, row: &dyn AnyRow) -> Option<VersionValue> {
        row.version()
    }

    /// The write at the version `expected` is about to be sent.
    fn sending(&mut self, _expected: &V) {}

    /// The write has matched the row, or has not. Is the other one settled?
    fn settles(&mut self, _is_written: bool) -> bool {
        true
    }
}

impl<'r, R: ?Sized, X, V, O> Around<'r, R, X, V, O> {
    pub(super) fn of(row: &'r mut R, own: O) -> Self {
        Self {
            row,
            own,
            write: PhantomData,
        }
    }
}

impl<R, X, V, O> AnyRow for Around<'_, R, X, V, O>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
    O: Otherwise<V>,
{
    fn table(&self) -> &'static str {
        self.row.named().table()
    }

    fn key(&self) -> String {
        self.row.named().key()
    }

    fn version(&self) -> Option<VersionValue> {
        self.own.named(self.row.named())
    }

    fn is_ordered(&self) -> bool {
        self.row.named().is_ordered()
    }
}

impl<R, X, V, O> RowRead<X, V> for Around<'_, R, X, V, O>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
    O: Otherwise<V>,
{
    fn named(&self) -> &dyn AnyRow {
        self
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

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        self.row.row_lock()
    }
}

impl<R, X, V, O> RowWrite<X, V> for Around<'_, R, X, V, O>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
    O: Otherwise<V>,
{
    fn in_memory(&self) -> V {
        self.row.in_memory()
    }

    fn has_changes(&self) -> bool {
        self.row.has_changes()
    }

    fn next_version(&self) -> NextVersion {
        self.row.next_version()
    }

    fn write<'w>(
        &'w mut self,
        expected: &V,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        self.own.sending(expected);
        self.row.write(expected, conn)
    }

    fn lost_write(&self, expected: &V) -> Option<LostWrite> {
        self.row.lost_write(expected)
    }

    fn adopt(&mut self) {
        self.row.adopt();
    }

    fn settle(&mut self, is_written: bool) {
        if self.own.settles(is_written) {
            self.row.settle(is_written);
        }
    }
}
