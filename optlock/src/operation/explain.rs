//! A write matched no row: why?

use super::effect::{ZeroRows, still_there, unread};
use crate::backend::Dialect;
use crate::error::{AnyRow, Error};
use crate::executes::{Executes, RowRead, Wire};
use crate::statement::LockMode;
use crate::token::VersionToken;
use diesel::result::QueryResult;

/// Is what was found the version `missed`, in another spelling? Otherwise it is a conflict.
pub(crate) fn spelling_of<V: VersionToken>(
    row: &dyn AnyRow,
    missed: &V,
    found: Option<&V>,
) -> Result<V, Error> {
    match found {
        Some(version) if version == missed => Ok(version.clone()),
        found => Err(Error::conflict(
            row,
            found.map(|version| version.describe()),
        )),
    }
}

/// Is it that version, in that spelling?
pub(crate) fn is_same<V: VersionToken>(found: &V, version: &V) -> bool {
    found == version && found.is_same_text(version)
}

/// Reads the row that a write at the version `missed` did not match ([`RowRead::found`]). Fails if the row has
/// that version, in the same spelling.
pub(crate) async fn look<V, R, X>(
    row: &mut R,
    missed: &V,
    zero_rows: ZeroRows,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    V: VersionToken,
    R: RowRead<X, V> + ?Sized,
{
    let is_missed = |version: &V| is_same(version, missed);
    let is_ordered = row.named().is_ordered();
    let is_older =
        |version: &V| is_ordered && version.describe().is_smaller_than(&missed.describe());
    let may_be_old =
        |found: Option<&V>| found.is_none_or(|version| is_missed(version) || is_older(version));
    match newest(row, may_be_old, conn).await {
        Ok(()) if row.found().is_some_and(is_missed) => {
            Err(still_there(row.named(), missed.describe(), zero_rows))
        }
        Ok(()) => Ok(()),
        Err(error) => Err(unread::<X::Backend>(row.named(), zero_rows, &error)),
    }
}

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` returns true if what a plain read returned contradicts the zero rows: the row has the
/// expected version or an older one, or there is none. The read is then repeated with a lock, because a raw `BEGIN`
/// may have opened an older snapshot. (A refused write, a deleted row and a server that lags look the same.)
pub(crate) async fn newest<V, R, X>(
    row: &mut R,
    may_be_old: impl Fn(Option<&V>) -> bool,
    conn: &mut Wire<'_, X>,
) -> QueryResult<()>
where
    X: Executes,
    R: RowRead<X, V> + ?Sized,
{
    let mut mode = match conn.depth() {
        Some(_) if X::Backend::PLAIN_READ_MAY_BE_OLD => row.lock(),
        _ => LockMode::Plain,
    };
    loop {
        row.read(mode, conn).await?;
        let is_locked = mode != LockMode::Plain;
        if is_locked || !X::Backend::PLAIN_READ_MAY_BE_OLD || !may_be_old(row.found()) {
            return Ok(());
        }
        mode = row.lock();
    }
}
