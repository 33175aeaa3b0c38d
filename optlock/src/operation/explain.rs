//! A write matched no row: why?

use super::effect::{ZeroRows, still_there, unread};
use crate::backend::Dialect;
use crate::error::{AnyRow, Error};
use crate::executes::{Fetch, RowsOf};
use crate::hidden::transaction_depth;
use crate::statement::{LockMode, Walk};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::result::QueryResult;

/// The queries of a row, whatever its model.
pub(crate) trait RowQueries<DB: Backend> {
    /// The row in errors.
    fn named(&self) -> &dyn AnyRow;

    /// `SELECT .. FROM t WHERE key`
    fn query(&self) -> Box<dyn Walk<DB> + '_>;
}

/// The version that a checked write expects: the one in memory, and then the row's spelling of it.
#[derive(Debug)]
pub struct Expected<V> {
    version: V,
    is_respelled: bool,
}

impl<V: VersionToken> Expected<V> {
    /// The version in memory.
    pub(crate) fn of<M: Versioned<Version = V>>(model: &M) -> Self {
        Self {
            version: model.version().clone(),
            is_respelled: false,
        }
    }

    pub(crate) fn version(&self) -> &V {
        &self.version
    }

    /// Takes the row's spelling of the version, once, after a write that matched no row. Fails with what
    /// the row has instead.
    pub(super) fn respell<ST, C>(
        &mut self,
        row: &dyn RowQueries<C::Backend>,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<(), Error>
    where
        C: Connection<Backend: Dialect>,
        RowsOf<ST>: Fetch<C::Backend, C, V>,
    {
        let version = respelled::<ST, _, _>(row, &self.version, zero_rows, conn)?;
        if self.is_respelled {
            return Err(still_there(row.named(), version.describe(), zero_rows));
        }
        self.version = version;
        self.is_respelled = true;
        Ok(())
    }
}

/// Looks up why a write at the version `missed` matched no row, and fails with what it finds. If that is the
/// same version in another spelling, returns it.
pub(super) fn respelled<ST, V, C>(
    row: &dyn RowQueries<C::Backend>,
    missed: &V,
    zero_rows: ZeroRows,
    conn: &mut C,
) -> Result<V, Error>
where
    V: VersionToken,
    C: Connection<Backend: Dialect>,
    RowsOf<ST>: Fetch<C::Backend, C, V>,
{
    match look::<ST, _, _, _>(
        row,
        LockMode::Share,
        |version| version,
        missed,
        zero_rows,
        conn,
    )? {
        Some(version) if version == *missed => Ok(version),
        found => Err(Error::conflict(
            row.named(),
            found.map(|version| version.describe()),
        )),
    }
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` returns true if what a plain read returned contradicts the zero rows: the row has the
/// expected version, or there is none. The read is then repeated with a lock, because a raw `BEGIN` may have
/// opened an older snapshot. (A refused write and a deleted row look the same.)
pub(super) fn newest<ST, Found, C>(
    row: &dyn RowQueries<C::Backend>,
    lock: LockMode,
    may_be_old: &dyn Fn(Option<&Found>) -> bool,
    conn: &mut C,
) -> QueryResult<Option<Found>>
where
    C: Connection<Backend: Dialect>,
    RowsOf<ST>: Fetch<C::Backend, C, Found>,
{
    let query = row.query();
    if !C::Backend::PLAIN_READ_MAY_BE_OLD {
        return RowsOf::<ST>::fetch(&*query, LockMode::Plain, conn);
    }
    if transaction_depth(conn).is_some() {
        return RowsOf::<ST>::fetch(&*query, lock, conn);
    }
    match RowsOf::<ST>::fetch(&*query, LockMode::Plain, conn)? {
        row if may_be_old(row.as_ref()) => RowsOf::<ST>::fetch(&*query, lock, conn),
        row => Ok(row),
    }
}

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
pub(super) fn look<ST, Found, V, C>(
    row: &dyn RowQueries<C::Backend>,
    lock: LockMode,
    version_of: fn(&Found) -> &V,
    missed: &V,
    zero_rows: ZeroRows,
    conn: &mut C,
) -> Result<Option<Found>, Error>
where
    V: VersionToken,
    C: Connection<Backend: Dialect>,
    RowsOf<ST>: Fetch<C::Backend, C, Found>,
{
    let is_missed = |found: &Found| {
        let version = version_of(found);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |found: Option<&Found>| found.is_none_or(is_missed);
    match newest::<ST, _, _>(row, lock, &may_be_old, conn) {
        Ok(Some(found)) if is_missed(&found) => {
            Err(still_there(row.named(), missed.describe(), zero_rows))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(unread::<C::Backend>(row.named(), zero_rows, &error)),
    }
}
