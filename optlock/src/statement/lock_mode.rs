//! How a read locks the row.

use crate::backend::Phrase;

/// How a read locks the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LockMode {
    /// No lock.
    Plain,
    /// A shared lock to the end of the transaction, on a database whose plain reads may be older than
    /// what an `UPDATE` meets; elsewhere no lock.
    Share,
    /// Like [`Share`](Self::Share), with the lock of a write: a write may follow, and two losers with
    /// shared locks would wait for each other.
    Update,
    /// Like [`Share`](Self::Share), behind a save, which may have set the columns of the scope that were NULL. The save
    /// has locked the row, so that this waits for nobody; and a save that changes nothing writes nothing that a plain
    /// read would show where it reads an old snapshot.
    Written,
    /// A lock against other writers to the end of the transaction, on a database that locks rows.
    Exclusive,
}

impl LockMode {
    /// What follows the `SELECT`.
    pub(crate) fn phrase(self) -> Option<&'static Phrase> {
        match self {
            Self::Plain => None,
            Self::Share | Self::Written => Some(&Phrase::ShareLock),
            Self::Update => Some(&Phrase::UpdateLock),
            Self::Exclusive => Some(&Phrase::ExclusiveLock),
        }
    }
}
