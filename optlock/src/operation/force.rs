//! `force_save`.

use super::effect::{Saved, read_failed};
use super::explain::{look, newest};
use super::needs::SavedOn;
use super::read::{OfVersion, Selected, lock_and_read};
use super::save::{Follow, update};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::token::VersionToken as _;

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
    let first = if conn.depth().is_some() {
        lock_and_read::<OfVersion, _, _, _>(&mut *model, conn).await
    } else {
        let mut row = Selected::<_, OfVersion>::new(&mut *model);
        newest(&mut row, is_gone, conn).await
    };
    let mut found = first.map_err(|error| read_failed::<X::Backend>(model, error))?;
    for _ in 0..ATTEMPTS {
        let Some(version) = found else { break };
        match update(model, &version, follow, conn).await? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => {
                let mut row = Selected::<_, OfVersion>::new(&mut *model);
                found = look(&mut row, &version, zero_rows, conn).await?;
            }
        }
    }
    Err(Error::conflict(
        model,
        found.map(|version| version.describe()),
    ))
}

fn is_gone<V>(version: Option<&V>) -> bool {
    version.is_none()
}
