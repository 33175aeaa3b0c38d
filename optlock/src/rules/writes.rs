//! The rules of the writes.

use super::PlayedOn;
use super::rows::{is_current, save, saved};
use super::seen::{Seen, has_version, is_refused, succeeds};
use crate::batch::{BatchDialect, Batches, SaveMany, SavedTogetherOn, save_all_checked};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::operation::{check_current, delete_checked, save_checked, touch_checked};
use crate::transaction::{Opening, Unit};

pub(super) async fn rollback<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    let mut copy = model.clone();
    let undone = save_and_roll_back(&mut copy, conn).await;
    succeeds("the transaction", undone)?;
    has_version("the value in memory", &copy, model.version())?;
    is_current(
        "after it (a table without transactions keeps the write)",
        &copy,
        conn,
    )
    .await
}

/// Saves in a transaction that is rolled back, as a user's is that fails.
async fn save_and_roll_back<M, X>(mut copy: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: PlayedOn<X>,
{
    let opening = Opening::default();
    let mut unit = Unit::<X, &mut M>::new(&opening, conn.conn(), &mut copy);
    unit.begin().await?;
    let (conn, copy) = unit.lend();
    // That a save succeeds is another rule.
    let _ = save_checked(copy, &mut Wire::<X>::new(conn)).await;
    Ok(unit.end(false).await?)
}

pub(super) async fn scope<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    // That a save succeeds is another rule.
    let Ok(copy) = saved(model, conn).await else {
        return Ok(());
    };
    match check_current(&copy, conn).await {
        Err(error) if error.is_missing() => Err(
            "the save has moved the row out of it, or to another key: it is not found any more"
                .into(),
        ),
        _ => Ok(()),
    }
}

pub(super) async fn second_save<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    let mut copy = saved(model, conn).await?;
    let when = "after the save (its changeset has to have the version in memory, and no trigger may write another one)";
    is_current(when, &copy, conn).await?;
    save(&mut copy, conn).await?;
    is_current("after the second save", &copy, conn).await
}

pub(super) async fn lost_update<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    let (first, mut second) = (saved(model, conn).await?, model.clone());
    let result = save_checked(&mut second, conn).await;
    is_refused("the save of the second copy", result, &first, model)?;
    has_version("the copy that was refused", &second, model.version())?;
    is_current("of the first copy", &first, conn).await
}

pub(super) async fn stale_delete<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    let first = saved(model, conn).await?;
    let result = delete_checked(model, conn).await;
    is_refused("the delete", result, &first, model)?;
    is_current("of the copy that was saved", &first, conn).await
}

pub(super) async fn touch<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: PlayedOn<X>,
{
    let (mut first, mut second) = (model.clone(), model.clone());
    succeeds("touch_checked", touch_checked(&mut first, conn).await)?;
    is_current("after the touch", &first, conn).await?;
    let result = touch_checked(&mut second, conn).await;
    is_refused("the touch", result, &first, model)?;
    has_version("the copy that was refused", &second, model.version())
}

pub(super) async fn batch<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: PlayedOn<X> + SavedTogetherOn<X>,
{
    let mut first = model.clone();
    let result = save_all_checked(std::slice::from_mut(&mut first), conn).await;
    succeeds("save_all_checked", result)?;
    is_current("after the batch", &first, conn).await?;
    let mut second = model.clone();
    let result = save_all_checked(std::slice::from_mut(&mut second), conn).await;
    is_refused("the batch", result, &first, model)?;
    has_version("the copy that was refused", &second, model.version())
}
