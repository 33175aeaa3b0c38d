//! A row, as what sends sees it.

use super::{Answer, Executes, Wire};
use crate::error::{AnyRow, Error, LostWrite};
use crate::statement::{LockMode, RowLock};
use crate::token::VersionToken;
use crate::versioned::Versioned;

/// A row whose version is read, whatever its model.
///
/// What explains zero rows is generic over it, and not over the model: with a blocking connection it is compiled
/// once for all models ([`Executes::Row`]).
pub(crate) trait RowRead<X: Executes, V> {
    /// The row in errors.
    fn named(&self) -> &dyn AnyRow;

    /// How the row is locked where plain reads may be old.
    fn lock(&self) -> LockMode {
        LockMode::Share
    }

    /// Sends `SELECT .. FROM t WHERE key`. What was read is kept here.
    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()>;

    /// The version that was read last, or `None` if there was no row.
    fn found(&self) -> Option<&V>;

    /// What locks the row in another transaction, on a database that locks rows.
    fn row_lock(&self) -> Option<RowLock<X::Backend>>;
}

/// How the version is known that a row has behind a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextVersion {
    /// The write says it.
    Known,
    /// The database makes it, and the answer of the write returns it ([`RowRead::found`]).
    Returned,
    /// The database makes it, and it is read in the transaction of the write.
    Read,
}

impl NextVersion {
    /// That of a model. Can its write return it?
    pub(crate) const fn of<M: Versioned>(can_return: bool) -> Self {
        match (M::GENERATED, can_return) {
            (false, _) => Self::Known,
            (true, false) => Self::Read,
            (true, true) => Self::Returned,
        }
    }
}

/// A checked write of a row, whatever its model.
pub(crate) trait RowWrite<X: Executes, V>: RowRead<X, V> {
    /// The version in memory.
    fn in_memory(&self) -> V;

    /// Is there something to write?
    fn has_changes(&self) -> bool {
        true
    }

    /// How is the version known that the row has behind the write?
    fn next_version(&self) -> NextVersion {
        NextVersion::Known
    }

    /// Sends the write at the version `expected`, which in memory is moved on.
    fn write<'w>(
        &'w mut self,
        expected: &V,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error>;

    /// What the write at the version `expected` makes of the row, before it is settled. It is not known of a delete.
    fn lost_write(&self, _expected: &V) -> Option<LostWrite> {
        None
    }

    /// What is written after a conflict, in place of the value that met it, is prepared, or the error returned: the
    /// conflict, unless the two can be merged.
    fn after_conflict(&mut self) -> Result<(), Error>
    where
        V: VersionToken,
    {
        Err(conflict(self.named(), self.found()))
    }

    /// Takes over in memory the version that was read behind the write, until it is settled.
    fn adopt(&mut self) {}

    /// Leaves the version in memory where it has moved to if the write has matched the row, and else puts it
    /// back.
    fn settle(&mut self, is_written: bool);
}

/// The row has another version, or is gone.
pub(crate) fn conflict<V: VersionToken>(row: &dyn AnyRow, found: Option<&V>) -> Error {
    Error::conflict(row, found.map(VersionToken::describe))
}
