//! `save_merged`.

use super::advance::Before;
use super::effect::Saved;
use super::moving::SendFn;
use super::needs::MergedOn;
use super::read::{OfAll, ReadInto, RowLockFn, WithVersion, read_into, row_lock};
use super::save::{FollowMerge, Nobody, send_all};
use super::write::write_or_fail;
use crate::diff::{Decided, Diff, Field, Fields, Sides, ThreeSides, decide};
use crate::error::{AnyRow, Error, LostWrite};
#[cfg(feature = "tracing")]
use crate::events;
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire, conflict};
use crate::identity::is_same_row;
use crate::statement::{LockMode, RowLock};
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use std::mem;

/// How often a save is tried before its conflict is returned.
const ROUNDS: usize = 10;

/// How a save came to succeed.
#[derive(Debug)]
pub(crate) enum AfterMerge {
    /// At once: there was nothing to merge.
    Saved(Saved),
    /// With the changes of both. These are the fields that only others have changed.
    Merged(Vec<Field>),
}

/// Saves, with a merge against `base`, and returns the fields that were taken from the row.
pub(crate) async fn save_merged<M, X>(
    model: &mut M,
    base: &M,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<Field>, Error>
where
    X: Executes,
    M: MergedOn<X> + Diff,
{
    let mut nobody = Nobody;
    let mut merging = Merging::new(model, Some(base), &mut nobody);
    let saved = write_or_fail(X::row(&mut merging), conn).await?;
    match merging.finish(saved) {
        AfterMerge::Saved(_) => Ok(Vec::new()),
        AfterMerge::Merged(taken) => Ok(taken),
    }
}

/// Saves, with a merge if there is a base. Shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn save_or_merge<M, F, X>(
    model: &mut M,
    base: Option<&M>,
    follow: &mut F,
    conn: &mut Wire<'_, X>,
) -> Result<AfterMerge, Error>
where
    X: Executes,
    F: FollowMerge<M>,
    M: MergedOn<X> + Diff,
{
    let mut merging = Merging::new(model, base, follow);
    let saved = write_or_fail(X::row(&mut merging), conn).await?;
    Ok(merging.finish(saved))
}

/// A value that is saved, and after a conflict what a merge makes of it.
struct Merging<'m, M: Versioned, X: Executes, F> {
    mine: &'m mut M,
    base: Option<&'m M>,
    /// What is written in place of mine.
    merged: Option<M>,
    /// The fields that it has taken from the row.
    taken: Vec<Field>,
    /// The version of what is written, before it has moved on.
    before: Before<M::Version>,
    follow: &'m mut F,
    send: SendFn<M, X>,
    read: ReadInto<M, M, X>,
    row_lock: RowLockFn<M, X>,
    found: Option<M>,
    round: usize,
}

impl<'m, M: Versioned, X: Executes, F> Merging<'m, M, X, F> {
    fn new(mine: &'m mut M, base: Option<&'m M>, follow: &'m mut F) -> Self
    where
        M: MergedOn<X>,
    {
        Self {
            mine,
            base,
            merged: None,
            taken: Vec::new(),
            before: Before::nothing(),
            follow,
            send: send_all,
            read: read_into::<OfAll<M>, M, X>,
            row_lock: row_lock::<OfAll<M>, M, X>(),
            found: None,
            round: 1,
        }
    }

    /// What is written.
    fn value(&self) -> &M {
        match &self.merged {
            Some(value) => value,
            None => self.mine,
        }
    }

    /// What is written, and its version before that.
    fn moving(&mut self) -> (&mut M, &mut Before<M::Version>) {
        let value = match &mut self.merged {
            Some(value) => value,
            None => &mut *self.mine,
        };
        (value, &mut self.before)
    }

    /// The row is written, or has all of the value.
    fn finish(&mut self, saved: Saved) -> AfterMerge
    where
        F: FollowMerge<M>,
    {
        let Some(value) = &mut self.merged else {
            return AfterMerge::Saved(saved);
        };
        if saved == Saved::NothingChanged {
            self.follow.see_merged(value);
        }
        mem::swap(self.mine, value);
        AfterMerge::Merged(mem::take(&mut self.taken))
    }
}

impl<M: Versioned, X: Executes, F> Drop for Merging<'_, M, X, F> {
    fn drop(&mut self) {
        let (value, before) = self.moving();
        before.put_back(value);
    }
}

impl<M: Versioned, X: Executes, F> RowRead<X, M::Version> for Merging<'_, M, X, F> {
    fn named(&self) -> &dyn AnyRow {
        self.value()
    }

    fn lock(&self) -> LockMode {
        <OfAll<M> as WithVersion<M>>::LOCK
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        let value = match &self.merged {
            Some(value) => value,
            None => &*self.mine,
        };
        (self.read)(value, lock, conn, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        match &self.found {
            Some(row) => Some(row.version()),
            None => None,
        }
    }

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        self.row_lock.map(|row_lock| row_lock(self.value()))
    }
}

impl<M, X, F> RowWrite<X, M::Version> for Merging<'_, M, X, F>
where
    X: Executes,
    F: FollowMerge<M>,
    M: Versioned + Diff,
{
    fn in_memory(&self) -> M::Version {
        self.value().version().clone()
    }

    fn has_changes(&self) -> bool {
        self.value().has_changes()
    }

    fn write<'w>(
        &'w mut self,
        expected: &M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        let value = match &mut self.merged {
            Some(value) => value,
            None => &mut *self.mine,
        };
        self.before
            .move_on::<X::Backend, M, F>(value, expected, self.follow)?;
        match &self.merged {
            Some(value) => self.follow.see_merged(value),
            None => self.follow.see(self.mine),
        }
        Ok((self.send)(self.value(), expected.clone(), conn))
    }

    fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
        self.before.lost_write(self.value(), expected)
    }

    fn next_version(&self) -> NextVersion {
        const { NextVersion::of::<M>(false) }
    }

    fn adopt(&mut self) {
        if !M::GENERATED {
            return;
        }
        let Some(found) = self.found.take() else {
            return;
        };
        self.moving().0.set_version(found.version().clone());
    }

    fn settle(&mut self, is_written: bool) {
        let (value, before) = self.moving();
        before.settle(value, is_written);
    }

    /// Even if theirs has all of a merge it is written: only that says whether theirs is the newest row.
    fn after_conflict(&mut self) -> Result<(), Error> {
        let (Some(theirs), Some(base)) = (&mut self.found, self.base) else {
            return Err(conflict(self.mine, self.found()));
        };
        let mine: &dyn AnyRow = self.mine;
        // What an older row lacks would be taken for a change of another client.
        let is_older = mine.is_older(&theirs.version().describe(), &base.version().describe());
        if self.round == ROUNDS || is_older || !is_base(base, self.mine) {
            return Err(conflict(self.mine, self.found()));
        }
        // Each time with what mine was at first: merged with the round before, a change of mine
        // that theirs had made too would be forgotten.
        let sides = Sides::of(base, &*self.mine, &*theirs);
        let decided = decide_or_fail(self.mine, M::FIELDS, &sides)?;
        for field in decided.mine {
            theirs.take_field(self.mine, field);
        }
        self.taken = decided.theirs;
        self.merged = self.found.take();
        #[cfg(feature = "tracing")]
        events::resolved(
            "save_merged",
            &*self.mine,
            Some(self.in_memory().describe()),
        );
        self.round += 1;
        Ok(())
    }
}

/// Compiled once, and not for each model.
fn decide_or_fail(
    mine: &dyn AnyRow,
    fields: Fields,
    sides: &dyn ThreeSides,
) -> Result<Decided, Error> {
    let decided = decide(fields, sides);
    if decided.conflicts.is_empty() {
        Ok(decided)
    } else {
        Err(Error::merge_conflict(mine, decided.fields_in_conflict()))
    }
}

/// Is it what the value was before it was changed? With another one a merge would take what others
/// have changed for a change of mine, and overwrite it.
pub(crate) fn is_base<M: Versioned>(base: &M, value: &M) -> bool {
    base.version() == value.version() && is_same_row(base, value)
}
