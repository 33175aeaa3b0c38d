//! The rules of the scope.

use super::PlayedOn;
use super::edited::Scoping;
use super::rows::{is_current, save};
use super::seen::{Seen, has_version, is_missing, succeeds};
use crate::batch::{BatchDialect, Batches, SaveMany, SavedTogetherOn, save_all_checked};
use crate::executes::{Executes, Wire};
use crate::operation::{check_current, delete_checked, load_current, save_checked, touch_checked};
use crate::versioned::Versioned;

pub(super) async fn same_key<M, X>(scoping: &Scoping<M>, _: &mut Wire<'_, X>) -> Seen
where
    X: Executes,
    M: Versioned,
{
    let (model, outside) = (scoping.model(), scoping.outside());
    if model.key() != outside.key() {
        return Err(format!("the edited copy has the key {:?}", outside.key()));
    }
    has_version("the edited copy", outside, model.version())
}

/// The scope of the value is another one (a tenant), or a save moves the row out of it (a soft delete).
pub(super) async fn out_of_scope<M, X>(scoping: &Scoping<M>, conn: &mut Wire<'_, X>) -> Seen
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: PlayedOn<X> + SavedTogetherOn<X>,
{
    let (model, mut outside) = (scoping.model(), scoping.outside().clone());
    if model.scope() != outside.scope() {
        finds_nothing(&outside, conn).await?;
        return is_current("of the value itself", model, conn).await;
    }
    save(&mut outside, conn).await?;
    finds_nothing(&outside, conn).await
}

/// No operation finds the row.
async fn finds_nothing<M, X>(outside: &M, conn: &mut Wire<'_, X>) -> Seen
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: PlayedOn<X> + SavedTogetherOn<X>,
{
    is_missing("check_current", check_current(outside, conn).await)?;
    is_missing(
        "save_checked",
        save_checked(&mut outside.clone(), conn).await,
    )?;
    is_missing(
        "touch_checked",
        touch_checked(&mut outside.clone(), conn).await,
    )?;
    is_missing("delete_checked", delete_checked(outside, conn).await)?;
    let mut batch = [outside.clone()];
    is_missing("save_all_checked", save_all_checked(&mut batch, conn).await)?;
    let row: Option<M> = succeeds("load_current", load_current(outside, conn).await)?;
    match row {
        None => Ok(()),
        Some(_) => Err("load_current was to find no row, and found one".into()),
    }
}
