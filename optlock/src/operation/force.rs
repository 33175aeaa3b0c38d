//! `force_save`.

use super::effect::{Saved, read_failed};
use super::explain::{look, newest};
use super::needs::SavedOn;
use super::read::{OfVersion, ReadRow, lock_and_read};
use super::save::{AllColumns, Follow, Nobody, Save};
use super::write::write_once;
use crate::error::{Error, Found};
use crate::executes::{Executes, RowWrite, Wire};
use crate::token::VersionToken;
use diesel::result::QueryResult;
use std::ops::Deref;

/// How often other writers may come first. Each time one of them has got on, so that only a row
/// which is written all the time gets here.
const ATTEMPTS: usize = 100;

/// Saves whatever the version of the row.
pub(crate) async fn force_save<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    force_save_followed(model, &mut Nobody, conn)
        .await
        .map(drop)
}

/// Saves whatever the version of the row, and shows `follow` the value as it will be, before anything is
/// sent.
pub(crate) async fn force_save_followed<M, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    // The version in memory may be old, and the one after it another client's. Only the one after
    // the row's is nobody's, and only a write that is checked against the row's is sure to take it.
    if !model.has_changes() {
        return Ok(Saved::NothingChanged);
    }
    let locked = lock_in_transaction(&mut *model, conn).await;
    let locked = locked.map_err(|error| read_failed::<X::Backend>(model, error))?;
    let mut row = Save::new(model, follow, AllColumns::new());
    force_write(X::row(&mut row), locked, conn).await
}

/// The version of the row, or `None` if there is no row, if a transaction has locked it.
pub(super) type Locked<V> = Option<Option<V>>;

/// Locks and reads the row, if a transaction is open: two writers that had read it without a lock would wait for each
/// other.
pub(super) async fn lock_in_transaction<M, R, X>(
    model: R,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Locked<M::Version>>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
    R: Deref<Target = M>,
{
    if conn.depth().is_none() {
        return Ok(None);
    }
    let locked = lock_and_read::<OfVersion, _, _, _>(model, conn).await;
    locked.map(Some)
}

/// The version of the row that is to be written, unless it is `locked`. Where a plain read may be old, `may_be_old`
/// returns true of what cannot be written.
pub(super) async fn version_to_write<V, R, X>(
    row: &mut R,
    locked: Locked<V>,
    may_be_old: impl Fn(Option<&V>) -> bool,
    conn: &mut Wire<'_, X>,
) -> Result<Option<V>, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    if let Some(locked) = locked {
        return Ok(locked);
    }
    let read = newest(row, may_be_old, conn).await;
    read.map_err(|error| read_failed::<X::Backend>(row.named(), error))?;
    Ok(row.found().cloned())
}

/// Writes at the version of the row, which is `locked` in a transaction.
pub(super) async fn force_write<V, R, X>(
    row: &mut R,
    locked: Locked<V>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let mut found = version_to_write(row, locked, |version| version.is_none(), conn).await?;
    for _ in 0..ATTEMPTS {
        let Some(version) = found else { break };
        match write_once(row, &version, conn).await? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => {
                look(row, &version, zero_rows, conn).await?;
                found = row.found().cloned();
            }
        }
    }
    // Whether that is older than the version in memory says nothing: a forced save ignores it.
    let found = found.map_or(Found::Missing, |version| Found::Modified {
        version: version.describe(),
    });
    Err(Error::conflict_with(row.named(), found))
}
