//! A write matched no row: why?

use super::effect::{ZeroRows, still_there, unread};
use super::read::{OneRead, ReadRow, Selected, WithVersion};
use crate::backend::Dialect;
use crate::error::{AnyRow, Error};
use crate::executes::{Executes, Fetch, QueriedRow, Wire};
use crate::statement::LockMode;
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::result::QueryResult;
use std::future::Future;
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

    /// Takes the row's spelling of the version, after a write that matched no row. Fails with what the row has
    /// instead.
    pub(super) async fn respell<Rows, R, X>(
        &mut self,
        row: &mut R,
        zero_rows: ZeroRows,
        conn: &mut Wire<'_, X>,
    ) -> Result<(), Error>
    where
        X: Executes,
        Rows: Fetch<X, V>,
        R: QueriedRow<X::Backend> + ?Sized,
    {
        let found = look_at_version::<Rows, _, _, _>(row, &self.version, zero_rows, conn);
        let found = found.await?;
        self.take(row.named(), found, zero_rows)
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

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
pub(crate) fn look<'l, What, M, R, X>(
    row: &'l mut Selected<R, What>,
    missed: &'l M::Version,
    zero_rows: ZeroRows,
    conn: &'l mut Wire<'_, X>,
) -> impl Future<Output = Result<Option<What::Found>, Error>>
where
    X: Executes,
    What: WithVersion<M>,
    M: ReadRow<What, X>,
    R: Deref<Target = M>,
{
    look_at::<M::Rows, _, _, _, _>(X::row(row), What::READ, missed, zero_rows, conn)
}

/// Like [`look`], where the row is any, and nothing but its version is read.
pub(crate) fn look_at_version<'l, Rows, V, R, X>(
    row: &'l mut R,
    missed: &'l V,
    zero_rows: ZeroRows,
    conn: &'l mut Wire<'_, X>,
) -> impl Future<Output = Result<Option<V>, Error>>
where
    X: Executes,
    Rows: Fetch<X, V>,
    V: VersionToken,
    R: QueriedRow<X::Backend> + ?Sized,
{
    look_at::<Rows, _, _, _, _>(row, OneRead::OF_VERSION, missed, zero_rows, conn)
}

async fn look_at<Rows, Found, V, R, X>(
    row: &mut R,
    read: OneRead<Found, V>,
    missed: &V,
    zero_rows: ZeroRows,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Found>, Error>
where
    X: Executes,
    Rows: Fetch<X, Found>,
    V: VersionToken,
    R: QueriedRow<X::Backend> + ?Sized,
{
    let is_missed = |found: &Found| {
        let version = (read.version)(found);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |found: Option<&Found>| found.is_none_or(is_missed);
    match newest_at::<Rows, _, _, _>(row, read.lock, may_be_old, conn).await {
        Ok(Some(found)) if is_missed(&found) => {
            Err(still_there(row.named(), missed.describe(), zero_rows))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(unread::<X::Backend>(row.named(), zero_rows, &error)),
    }
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` returns true if what a plain read returned contradicts the zero rows: the row has the
/// expected version, or there is none. The read is then repeated with a lock, because a raw `BEGIN` may have
/// opened an older snapshot. (A refused write and a deleted row look the same.)
pub(crate) fn newest<'n, What, M, R, X>(
    row: &'n mut Selected<R, What>,
    may_be_old: fn(Option<&What::Found>) -> bool,
    conn: &'n mut Wire<'_, X>,
) -> impl Future<Output = QueryResult<Option<What::Found>>>
where
    X: Executes,
    What: WithVersion<M>,
    M: ReadRow<What, X>,
    R: Deref<Target = M>,
{
    newest_at::<M::Rows, _, _, _>(X::row(row), What::READ.lock, may_be_old, conn)
}

/// Like [`newest`], where the row is any, and nothing but its version is read.
pub(crate) fn newest_version<'n, Rows, V, R, X>(
    row: &'n mut R,
    may_be_old: fn(Option<&V>) -> bool,
    conn: &'n mut Wire<'_, X>,
) -> impl Future<Output = QueryResult<Option<V>>>
where
    X: Executes,
    Rows: Fetch<X, V>,
    R: QueriedRow<X::Backend> + ?Sized,
{
    let lock = OneRead::<V, V>::OF_VERSION.lock;
    newest_at::<Rows, _, _, _>(row, lock, may_be_old, conn)
}

async fn newest_at<Rows, Found, R, X>(
    row: &mut R,
    lock: LockMode,
    may_be_old: impl Fn(Option<&Found>) -> bool,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<Found>>
where
    X: Executes,
    Rows: Fetch<X, Found>,
    R: QueriedRow<X::Backend> + ?Sized,
{
    let mut mode = match conn.depth() {
        Some(_) if X::Backend::PLAIN_READ_MAY_BE_OLD => lock,
        _ => LockMode::Plain,
    };
    loop {
        let found = conn.fetch::<Rows, _>(row.query(), mode).await?;
        let is_locked = mode != LockMode::Plain;
        if is_locked || !X::Backend::PLAIN_READ_MAY_BE_OLD || !may_be_old(found.as_ref()) {
            return Ok(found);
        }
        mode = lock;
    }
}
