//! `force_save`.

use super::effect::{Saved, read_failed};
use super::explain::{look, newest};
use super::needs::SavedOn;
use super::read::{OfVersion, lock_and_read};
use super::save::{AllColumns, Follow, Save};
use super::write::write_once;
use crate::error::Error;
use crate::executes::{Executes, RowWrite, Wire};
use crate::token::VersionToken;

/// How often other writers may come first. Each time one of them has got on, so that only a row
/// which is written all the time gets here.
const ATTEMPTS: usize = 100;

/// Saves whatever the version of the row.
pub(crate) async fn force_save<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    force_save_followed(model, &mut |_: &M| {}, conn)
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
    let locked = if conn.depth().is_some() {
        let locked = lock_and_read::<OfVersion, _, _, _>(&mut *model, conn).await;
        Some(locked.map_err(|error| read_failed::<X::Backend>(model, error))?)
    } else {
        None
    };
    let mut row = Save::new(model, follow, AllColumns::new());
    force_write(X::row(&mut row), locked, conn).await
}

/// Writes at the version of the row, which is `locked` in a transaction.
async fn force_write<V, R, X>(
    row: &mut R,
    locked: Option<Option<V>>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let mut found = match locked {
        Some(locked) => locked,
        None => {
            let read = newest(row, |version| version.is_none(), conn).await;
            read.map_err(|error| read_failed::<X::Backend>(row.named(), error))?;
            row.found().cloned()
        }
    };
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
    Err(Error::conflict(
        row.named(),
        found.map(|version| version.describe()),
    ))
}
