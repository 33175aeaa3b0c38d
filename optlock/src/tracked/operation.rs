//! What each operation sends, and how the base follows the value.
//!
//! The base that a save leaves is made from the value as it will be, before anything is sent. What makes it
//! holds the base by `&mut`, so that the model need not be `Sync` on an async connection.

use super::{Next, Tracked};
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::operation::{
    self, AfterMerge, ChangesSavedOn, Follow, FollowMerge, MergedOn, OfAll, Outcome, ReadRow,
    Refreshed, Saved, SavedOn, SavedOrLoadedOn, SavedUnchangedOn, TouchedOn, Upserted, UpsertedOn,
    is_as_stored,
};
use crate::token::Unstored as _;
use crate::versioned::Versioned;

pub(crate) async fn save_checked<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X> + Diff + Clone,
{
    let is_at_base = tracked.is_at_base();
    let is_changed = if is_at_base {
        tracked.is_changed()
    } else {
        tracked.value.has_changes()
    };
    if !is_changed {
        return Ok(Saved::NothingChanged);
    }
    let mut next = None;
    let mut follow = following(&mut tracked.base, is_at_base, &mut next);
    let saved = operation::save(&mut tracked.value, &mut follow, conn).await?;
    drop(follow);
    tracked.move_on_after(saved, next);
    Ok(saved)
}

pub(crate) async fn save_changed<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X> + ChangesSavedOn<X> + Diff + Clone,
{
    if !tracked.is_at_base() {
        return save_checked(tracked, conn).await;
    }
    let changed = tracked.changed();
    if !changed.contains(&true) {
        return Ok(Saved::NothingChanged);
    }
    let mut next = None;
    let mut follow = following(&mut tracked.base, true, &mut next);
    let saved = operation::save_columns(&mut tracked.value, changed, &mut follow, conn).await?;
    drop(follow);
    tracked.move_on_after(saved, next);
    Ok(saved)
}

pub(crate) async fn save_merged<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<Field>, Error>
where
    X: Executes,
    M: MergedOn<X> + Diff + Clone,
{
    let is_at_base = tracked.is_at_base();
    if is_at_base && !tracked.is_changed() {
        return Ok(Vec::new());
    }
    let base = tracked.is_known.then_some(&tracked.base);
    let mut next = None;
    let mut follow = FollowMerged {
        base: &tracked.base,
        is_at_base,
        next: &mut next,
    };
    match operation::save_or_merge(&mut tracked.value, base, &mut follow, conn).await? {
        AfterMerge::Saved(saved) => {
            tracked.move_on_after(saved, next);
            Ok(Vec::new())
        }
        AfterMerge::Merged(taken) => {
            tracked.move_on_after(Saved::Written, next);
            Ok(taken)
        }
    }
}

pub(crate) async fn save_or_load<M, T, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Outcome<T>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, T> + Diff + Clone,
{
    let is_at_base = tracked.is_at_base();
    let mut next = None;
    let mut follow = following(&mut tracked.base, is_at_base, &mut next);
    let attempt = operation::save_or_read(&mut tracked.value, &mut follow, conn).await?;
    drop(follow);
    if let Ok(saved) = attempt {
        tracked.move_on_after(saved, next);
    }
    Ok(attempt.into())
}

pub(crate) async fn force_save<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X> + Diff + Clone,
{
    let mut next = None;
    // The row may have been another one than the base.
    let mut follow = following(&mut tracked.base, false, &mut next);
    let saved = operation::force_save_followed(&mut tracked.value, &mut follow, conn).await?;
    drop(follow);
    tracked.move_on_after(saved, next);
    Ok(())
}

pub(crate) async fn touch_checked<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    let was_at_base = tracked.is_at_base();
    let mut version = None;
    let mut follow = |value: &M| version = Some(value.version().clone());
    operation::touch(&mut tracked.value, &mut follow, conn).await?;
    if let Some(version) = version.filter(|_| was_at_base) {
        tracked.base.set_version(version);
        tracked.adopt_generated();
    }
    Ok(())
}

pub(crate) async fn upsert_checked<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Upserted, Error>
where
    X: Executes,
    M: UpsertedOn<X> + Diff + Clone,
{
    if !tracked.value.version().is_unstored() {
        let saved = save_checked(tracked, conn).await;
        return saved.map(|_| Upserted::Saved);
    }
    let mut next = None;
    // All of the value is inserted, so that it is the base.
    let mut follow = |value: &M| next = Some(Next::of_row(value));
    let upserted = operation::upsert(&mut tracked.value, &mut follow, conn).await?;
    tracked.move_on_after(Saved::Written, next);
    Ok(upserted)
}

pub(crate) async fn refresh<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Refreshed<M>, Error>
where
    X: Executes,
    M: ReadRow<OfAll<M>, X> + PartialEq + Clone,
{
    let Some(row) = operation::load_row(&mut tracked.value, conn).await? else {
        return Ok(Refreshed::Missing);
    };
    let next = Next::of_row(&row);
    let refreshed = if is_as_stored(&tracked.value, &row) {
        Refreshed::Unchanged
    } else {
        Refreshed::Updated(std::mem::replace(&mut tracked.value, row))
    };
    tracked.move_on(Some(next));
    Ok(refreshed)
}

pub(crate) async fn save_unchanged<M, X>(
    tracked: &mut Tracked<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedUnchangedOn<X> + Diff + Clone,
{
    let changed = tracked.changed();
    if !changed.contains(&true) {
        return Ok(Saved::NothingChanged);
    }
    let mut saved = None;
    let mut follow = |row: &M| {
        let mut value = tracked.value.clone();
        for field in 0..M::FIELDS.len() {
            value.take_field(row, field);
        }
        saved = Some((Next::of_row(&value), value));
    };
    operation::save_unchanged(&tracked.value, &tracked.base, changed, &mut follow, conn).await?;
    if let Some((next, value)) = saved {
        tracked.value = value;
        tracked.move_on(Some(next));
    }
    Ok(Saved::Written)
}

/// Makes the base that a save of the value leaves, from the value as it will be.
fn following<'t, M: Diff + Clone>(
    base: &'t mut M,
    is_at_base: bool,
    next: &'t mut Option<Next<M>>,
) -> impl FnMut(&M) + use<'t, M> {
    move |value| *next = Some(Next::of_saved(value, base, is_at_base))
}

/// Makes the base that a save of the value leaves, or of what a merge has made of it.
struct FollowMerged<'t, M> {
    base: &'t M,
    is_at_base: bool,
    next: &'t mut Option<Next<M>>,
}

impl<M: Versioned + Diff + Clone> Follow<M> for FollowMerged<'_, M> {
    fn see(&mut self, value: &M) {
        *self.next = Some(Next::of_saved(value, self.base, self.is_at_base));
    }
}

impl<M: Versioned + Diff + Clone> FollowMerge<M> for FollowMerged<'_, M> {
    /// The value equals the row, from which the merge has taken what the value leaves alone.
    fn see_merged(&mut self, value: &M) {
        *self.next = Some(Next::of_row(value));
    }
}
