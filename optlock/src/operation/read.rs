//! The reads of one row by its key: its version, or all of it.

use crate::backend::{Dialect, DieselConnection};
use crate::executes::Fetch;
use crate::hidden::transaction_depth;
use crate::scope::{Condition, Scope as _};
use crate::statement::{Plain, Read, Scoped, Share};
use crate::versioned::Versioned;
use diesel::dsl::{Find, Select};
use diesel::prelude::*;
use diesel::query_dsl::methods::{FindDsl, SelectDsl};

/// `SELECT what FROM t WHERE key`, within the scope.
pub(crate) type RowOf<M, What, L> = Read<
    Scoped<
        Select<Find<<M as Versioned>::Table, <M as Versioned>::Key>, What>,
        Condition<<M as Versioned>::Scope>,
    >,
    L,
>;

/// `SELECT version FROM t WHERE key`
pub(crate) type Probe<M, L> = RowOf<M, <M as Versioned>::VersionColumn, L>;

/// Can the version in the row be read on the connection `C`? Each checked write asks
/// this when it hits no row.
pub trait Explain<C>: Versioned {
    /// **Sends** `SELECT version FROM t WHERE key`.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn plain_version(&self, conn: &mut C) -> QueryResult<Option<Self::Version>>;

    /// The same with a shared lock, where plain reads may be old ([`Dialect`]).
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn locked_version(&self, conn: &mut C) -> QueryResult<Option<Self::Version>>;
}

#[diagnostic::do_not_recommend]
impl<M, C> Explain<C> for M
where
    M: Versioned,
    C: DieselConnection<Backend: Dialect>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
    Probe<M, Plain>: Fetch<C, M::Version>,
    Probe<M, Share>: Fetch<C, M::Version>,
{
    fn plain_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Plain>(self).fetch(conn)
    }

    fn locked_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Share>(self).fetch(conn)
    }
}

pub(crate) fn probe<M, L>(model: &M) -> Probe<M, L>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
{
    row_of(model, M::VersionColumn::default())
}

/// The [`RowOf`] of a model.
pub(crate) fn row_of<M, What, L>(model: &M, what: What) -> RowOf<M, What, L>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
    What: Expression,
    Find<M::Table, M::Key>: SelectDsl<What>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    Read::new(SelectDsl::select(row, what), model.scope().condition())
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` is true of what a plain read cannot have shown if it was the newest: a row that the
/// write would have hit, or none where the write may have missed one that is new. A transaction is open
/// then that a raw BEGIN has opened, of which Diesel does not know. (Or the write was refused, or the row
/// is gone.)
pub(crate) fn newest<C, Row>(
    conn: &mut C,
    may_be_old: impl FnOnce(Option<&Row>) -> bool,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> QueryResult<Option<Row>>
where
    C: Connection<Backend: Dialect>,
{
    if !C::Backend::PLAIN_READ_MAY_BE_OLD {
        return plain(conn);
    }
    if transaction_depth(conn).is_some() {
        return locked(conn);
    }
    match plain(conn)? {
        row if may_be_old(row.as_ref()) => locked(conn),
        row => Ok(row),
    }
}
