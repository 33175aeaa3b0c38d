//! What each operation sends, and how the base follows the value.

use super::{Next, Tracked};
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::methods::{
    ForceSave, Refresh, Save, SaveChanged, SaveMerged, SaveOrLoad, SaveUnchanged, Touch,
};
use crate::operation::{AfterMerge, Outcome, Refreshed, Saved, is_as_stored};

pub(crate) fn save_checked<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<Saved, Error>
where
    M: Save<C> + Diff + Clone,
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
    let mut follow = |value: &M| next = Some(Next::of_saved(value, &tracked.base, is_at_base));
    let saved = tracked.value.save_followed(&mut follow, conn)?;
    tracked.move_on_after(saved, next);
    Ok(saved)
}

pub(crate) fn save_changed<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<Saved, Error>
where
    M: SaveChanged<C> + Clone,
{
    if !tracked.is_at_base() {
        return save_checked(tracked, conn);
    }
    let changed = tracked.changed();
    if !changed.contains(&true) {
        return Ok(Saved::NothingChanged);
    }
    let mut next = None;
    let mut follow = |value: &M| next = Some(Next::of_saved(value, &tracked.base, true));
    let saved = tracked.value.save_columns(changed, &mut follow, conn)?;
    tracked.move_on_after(saved, next);
    Ok(saved)
}

pub(crate) fn save_merged<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<Vec<Field>, Error>
where
    M: SaveMerged<C> + Clone,
{
    let is_at_base = tracked.is_at_base();
    if is_at_base && !tracked.is_changed() {
        return Ok(Vec::new());
    }
    let base = tracked.is_known.then_some(&tracked.base);
    let mut next = None;
    let mut follow = |value: &M| next = Some(Next::of_saved(value, &tracked.base, is_at_base));
    match tracked.value.save_or_merge(base, &mut follow, conn)? {
        AfterMerge::Saved(Saved::NothingChanged) => Ok(Vec::new()),
        AfterMerge::Saved(Saved::Written) => {
            tracked.move_on(next);
            Ok(Vec::new())
        }
        AfterMerge::Merged { taken, copy } => {
            tracked.base = copy;
            tracked.is_known = true;
            Ok(taken)
        }
    }
}

pub(crate) fn save_or_load<M, T, C>(
    tracked: &mut Tracked<M>,
    conn: &mut C,
) -> Result<Outcome<T>, Error>
where
    M: SaveOrLoad<C, T> + Diff + Clone,
{
    let is_at_base = tracked.is_at_base();
    let mut next = None;
    let mut follow = |value: &M| next = Some(Next::of_saved(value, &tracked.base, is_at_base));
    let attempt = tracked.value.save_or_load_followed(&mut follow, conn)?;
    if let Ok(saved) = attempt {
        tracked.move_on_after(saved, next);
    }
    Ok(attempt.into())
}

pub(crate) fn force_save<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<(), Error>
where
    M: ForceSave<C> + Diff + Clone,
{
    let mut next = None;
    // The row may have been another one than the base.
    let mut follow = |value: &M| next = Some(Next::of_saved(value, &tracked.base, false));
    let saved = tracked.value.force_save_followed(&mut follow, conn)?;
    tracked.move_on_after(saved, next);
    Ok(())
}

pub(crate) fn touch_checked<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<(), Error>
where
    M: Touch<C>,
{
    let was_at_base = tracked.is_at_base();
    let mut version = None;
    let mut follow = |value: &M| version = Some(value.version().clone());
    tracked.value.touch_followed(&mut follow, conn)?;
    if let Some(version) = version.filter(|_| was_at_base) {
        tracked.base.set_version(version);
    }
    Ok(())
}

pub(crate) fn refresh<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<Refreshed<M>, Error>
where
    M: Refresh<C> + Clone,
{
    let Some(row) = tracked.value.load_current(conn)? else {
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

pub(crate) fn save_unchanged<M, C>(tracked: &mut Tracked<M>, conn: &mut C) -> Result<Saved, Error>
where
    M: SaveUnchanged<C> + Clone,
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
    tracked
        .value
        .save_row_unchanged(&tracked.base, changed, &mut follow, conn)?;
    if let Some((next, value)) = saved {
        tracked.value = value;
        tracked.move_on(Some(next));
    }
    Ok(Saved::Written)
}
