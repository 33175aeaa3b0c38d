//! `save_merged`.

use super::advance::Before;
use super::effect::Saved;
use super::moving::SendFn;
use super::needs::MergedOn;
use super::read::{OfAll, ReadInto, WithVersion, read_into};
use super::save::{Follow, send_all};
use super::write::write_or_fail;
use crate::diff::{Diff, Field, merge};
use crate::error::{AnyRow, Error, LostWrite};
#[cfg(feature = "tracing")]
use crate::events;
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire};
use crate::identity::is_same_row;
use crate::statement::LockMode;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;

/// How often a save is tried before its conflict is returned.
const ROUNDS: usize = 10;

/// How a save came to succeed.
#[derive(Debug)]
pub(crate) enum AfterMerge<M> {
    /// At once: there was nothing to merge.
    Saved(Saved),
    /// With the changes of both.
    Merged {
        /// What only others have changed.
        taken: Vec<Field>,
        /// A copy of the value, which equals the row.
        copy: M,
    },
}

/// Saves, with a merge against `base`, and returns the fields that were taken from the row.
pub(crate) async fn save_merged<M, X>(
    model: &mut M,
    base: &M,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<Field>, Error>
where
    X: Executes,
    M: MergedOn<X> + Diff + Clone,
{
    let mut nobody = |_: &M| {};
    let mut merging = Merging::new(model, Some(base), &mut nobody);
    let saved = write_or_fail(X::row(&mut merging), conn).await?;
    match merging.finish(saved) {
        AfterMerge::Saved(_) => Ok(Vec::new()),
        AfterMerge::Merged { taken, .. } => Ok(taken),
    }
}

/// Saves, with a merge if there is a base. Shows `follow` the value as it will be if it is saved at
/// once, before anything is sent.
pub(crate) async fn save_or_merge<M, F, X>(
    model: &mut M,
    base: Option<&M>,
    follow: &mut F,
    conn: &mut Wire<'_, X>,
) -> Result<AfterMerge<M>, Error>
where
    X: Executes,
    F: Follow<M>,
    M: MergedOn<X> + Diff + Clone,
{
    let mut merging = Merging::new(model, base, follow);
    let saved = write_or_fail(X::row(&mut merging), conn).await?;
    Ok(merging.finish(saved))
}

/// A value that is saved, and after a conflict what a merge makes of it.
struct Merging<'m, M: Versioned, X: Executes, F> {
    mine: &'m mut M,
    base: Option<&'m M>,
    /// What is written in place of mine, and the fields that it has taken from the row.
    merged: Option<(M, Vec<Field>)>,
    /// A copy of it as it will be.
    copy: Option<M>,
    /// The version of what is written, before it has moved on.
    before: Before<M::Version>,
    follow: &'m mut F,
    send: SendFn<M, X>,
    read: ReadInto<M, M, X>,
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
            copy: None,
            before: Before::nothing(),
            follow,
            send: send_all,
            read: read_into::<OfAll<M>, M, X>,
            found: None,
            round: 1,
        }
    }

    /// What is written.
    fn value(&self) -> &M {
        match &self.merged {
            Some((value, _)) => value,
            None => self.mine,
        }
    }

    /// What is written, and its version before that.
    fn moving(&mut self) -> (&mut M, &mut Before<M::Version>) {
        let value = match &mut self.merged {
            Some((value, _)) => value,
            None => &mut *self.mine,
        };
        (value, &mut self.before)
    }
}

impl<M: Versioned + Clone, X: Executes, F> Merging<'_, M, X, F> {
    /// The row is written.
    fn finish(mut self, saved: Saved) -> AfterMerge<M> {
        let Some((value, taken)) = self.merged.take() else {
            return AfterMerge::Saved(saved);
        };
        let copy = self.copy.take().unwrap_or_else(|| value.clone());
        *self.mine = value;
        AfterMerge::Merged { taken, copy }
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
        <OfAll<M> as WithVersion<M>>::READ.lock
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        let value = match &self.merged {
            Some((value, _)) => value,
            None => &*self.mine,
        };
        (self.read)(value, lock, conn, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        self.found.as_ref().map(M::version)
    }
}

impl<M, X, F> RowWrite<X, M::Version> for Merging<'_, M, X, F>
where
    X: Executes,
    F: Follow<M>,
    M: Versioned + Diff + Clone,
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
        let (value, before) = self.moving();
        before.keep(value, expected);
        let next = value.next_version();
        before.move_to::<X::Backend>(value, expected, next)?;
        match &self.merged {
            None => self.follow.see(self.mine),
            Some((value, _)) => self.copy = Some(value.clone()),
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
        let version = found.version();
        if let Some(copy) = &mut self.copy {
            copy.set_version(version.clone());
        }
        self.moving().0.set_version(version.clone());
    }

    fn settle(&mut self, is_written: bool) {
        let (value, before) = self.moving();
        before.settle(value, is_written);
    }

    /// Even if theirs has all of a merge it is written: only that says whether theirs is the newest row.
    fn after_conflict(&mut self) -> Result<(), Error> {
        let Some(theirs) = self.found.take() else {
            return Err(Error::conflict(self.mine, None));
        };
        let base = match self.base {
            Some(base) if self.round < ROUNDS && is_base(base, self.mine) => base,
            _ => return Err(modified(self.mine, &theirs)),
        };
        // Each time with what mine was at first: merged with the round before, a change of mine
        // that theirs had made too would be forgotten.
        match merge(base, self.mine, &theirs) {
            Ok(merged) => self.merged = Some(merged),
            Err(fields) => return Err(Error::merge_conflict(self.mine, fields)),
        }
        #[cfg(feature = "tracing")]
        events::resolved(
            "save_merged",
            &*self.mine,
            Some(theirs.version().describe()),
        );
        self.copy = None;
        self.round += 1;
        Ok(())
    }
}

/// Is it what the value was before it was changed? With another one a merge would take what others
/// have changed for a change of mine, and overwrite it.
pub(crate) fn is_base<M: Versioned>(base: &M, value: &M) -> bool {
    base.version() == value.version() && is_same_row(base, value)
}

fn modified<M: Versioned>(mine: &M, theirs: &M) -> Error {
    Error::conflict(mine, Some(theirs.version().describe()))
}
