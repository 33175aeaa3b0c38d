//! What is read of the row, and the steps that several rules have in common.

use super::seen::{Seen, is_same_row, succeeds};
use crate::executes::{Executes, Wire};
use crate::operation::{
    OfAll, OfVersion, ReadRow, SavedOn, check_current, load_current, save_checked,
};
use crate::versioned::Versioned;

pub(super) async fn load<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + ReadRow<OfAll<M>, X>,
{
    let row: M = loaded(model, conn).await?;
    is_same_row("the loaded row", &row, model)
}

/// The row, which has to be there.
pub(super) async fn loaded<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<M, String>
where
    X: Executes,
    M: Versioned + ReadRow<OfAll<M>, X>,
{
    let row = succeeds("load_current", load_current(model, conn).await)?;
    row.ok_or_else(|| "load_current finds no row".into())
}

/// A save that has to succeed.
pub(super) async fn save<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: SavedOn<X>,
{
    succeeds("save_checked", save_checked(model, conn).await)
}

/// A copy that was saved.
pub(super) async fn saved<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<M, String>
where
    X: Executes,
    M: SavedOn<X> + Clone,
{
    let mut copy = model.clone();
    save(&mut copy, conn).await?;
    Ok(copy)
}

/// The row has to have the version in memory.
pub(super) async fn is_current<M, X>(when: &str, model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned + ReadRow<OfVersion, X>,
{
    succeeds(
        &format!("check_current {when}"),
        check_current(model, conn).await,
    )
}
