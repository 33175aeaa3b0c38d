//! A write matched no row: why?

use super::effect::{ZeroRows, still_there, unread};
use super::read::{OfVersion, ReadRow, WithVersion};
use crate::backend::Dialect;
use crate::error::{AnyRow, Error};
use crate::executes::{Executes, Wire};
use crate::statement::LockMode;
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::result::QueryResult;
use std::ops::Deref;

/// The version that a checked write expects: the one in memory, and then the row's spelling of it.
#[derive(Debug)]
pub(crate) struct Expected<V> {
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

    /// Takes what was found for the row's spelling of the version, once. Fails if it is another version.
    fn take(
        &mut self,
        row: &dyn AnyRow,
        found: Option<V>,
        zero_rows: ZeroRows,
    ) -> Result<(), Error> {
        let version = spelling_of(row, &self.version, found)?;
        if self.is_respelled {
            return Err(still_there(row, version.describe(), zero_rows));
        }
        self.version = version;
        self.is_respelled = true;
        Ok(())
    }
}

/// Is what was found the version `missed`, in another spelling? Otherwise it is a conflict.
pub(crate) fn spelling_of<V: VersionToken>(
    row: &dyn AnyRow,
    missed: &V,
    found: Option<V>,
) -> Result<V, Error> {
    match found {
        Some(version) if version == *missed => Ok(version),
        found => Err(Error::conflict(
            row,
            found.map(|version| version.describe()),
        )),
    }
}

/// Takes the row's spelling of the expected version, after a write that matched no row. Fails with what the row
/// has instead.
pub(super) async fn respell<M, R, X>(
    mut row: R,
    expected: &mut Expected<M::Version>,
    zero_rows: ZeroRows,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
    R: Deref<Target = M>,
{
    let found = look::<OfVersion, _, _, _>(&mut row, &expected.version, zero_rows, conn).await?;
    expected.take(&*row, found, zero_rows)
}

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
///
/// `row` is a reference of any kind: through a `&mut M` the model need not be `Sync` while it waits.
pub(crate) async fn look<What, M, R, X>(
    row: &mut R,
    missed: &M::Version,
    zero_rows: ZeroRows,
    conn: &mut Wire<'_, X>,
) -> Result<Option<What::Found>, Error>
where
    X: Executes,
    What: WithVersion<M>,
    M: ReadRow<What, X>,
    R: Deref<Target = M>,
{
    let is_missed = |found: &What::Found| {
        let version = What::version(found);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |found: Option<&What::Found>| found.is_none_or(is_missed);
    match newest::<What, _, _, _>(row, may_be_old, conn).await {
        Ok(Some(found)) if is_missed(&found) => {
            Err(still_there(&**row, missed.describe(), zero_rows))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(unread::<X::Backend>(&**row, zero_rows, &error)),
    }
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` returns true if what a plain read returned contradicts the zero rows: the row has the
/// expected version, or there is none. The read is then repeated with a lock, because a raw `BEGIN` may have
/// opened an older snapshot. (A refused write and a deleted row look the same.)
pub(crate) async fn newest<What, M, R, X>(
    row: &mut R,
    may_be_old: impl Fn(Option<&What::Found>) -> bool,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<What::Found>>
where
    X: Executes,
    What: WithVersion<M>,
    M: ReadRow<What, X>,
    R: Deref<Target = M>,
{
    let mut lock = match conn.depth() {
        Some(_) if X::Backend::PLAIN_READ_MAY_BE_OLD => What::LOCK,
        _ => LockMode::Plain,
    };
    loop {
        let found = conn.fetch::<M::Rows, _>(row.query(), lock).await?;
        let is_locked = lock != LockMode::Plain;
        if is_locked || !X::Backend::PLAIN_READ_MAY_BE_OLD || !may_be_old(found.as_ref()) {
            return Ok(found);
        }
        lock = What::LOCK;
    }
}
