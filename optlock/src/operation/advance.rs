//! The version in memory, moved on for a write and put back unless the write hit its row.

use super::save::Follow;
use crate::backend::Dialect;
use crate::error::{AnyModel, Error, LostWrite};
use crate::stamp::Stamped;
use crate::token::VersionToken;
use crate::versioned::Versioned;

/// Holds a model whose version (and stamp) has moved on. Dropped before [`settle`](Self::settle), it puts them back:
/// after an error, a panic.
///
/// The destructor only moves values: it asks no clock, `Clone`, `PartialEq` or `next`, which are the
/// user's and may panic.
pub(super) struct Advance<'m, M: Versioned> {
    pub(super) model: &'m mut M,
    pub(super) before: Before<M::Version>,
}

impl<'m, M: Versioned> Advance<'m, M> {
    /// A model that has not moved on yet.
    pub(crate) fn of(model: &'m mut M) -> Self {
        Self {
            model,
            before: Before::nothing(),
        }
    }

    /// Takes over the version that the database has made, until it is settled.
    pub(crate) fn adopt(&mut self, version: M::Version) {
        self.model.set_version(version);
    }

    /// Unless the row was written, puts the version back.
    pub(crate) fn settle(&mut self, is_written: bool) {
        self.before.settle(self.model, is_written);
    }

    /// What the write of the row makes of it that expects this version.
    pub(crate) fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
        self.before.lost_write(self.model, expected)
    }
}

impl<M: Versioned> Drop for Advance<'_, M> {
    fn drop(&mut self) {
        self.before.put_back(self.model);
    }
}

/// The version of a model, and its stamp, before they were moved on; or nothing, if they were not.
pub(crate) struct Before<V>(Option<(V, Option<Stamped>)>);

impl<V> Before<V> {
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    /// Puts them back.
    pub(crate) fn put_back(&mut self, model: &mut dyn AnyModel<V>) {
        let Some((version, stamped)) = self.0.take() else {
            return;
        };
        model.hold(version);
        if let (Some(stamp), Some(before)) = (model.stamp(), stamped) {
            stamp.restore(before);
        }
    }

    /// Unless the row was written, puts them back.
    pub(super) fn settle(&mut self, model: &mut dyn AnyModel<V>, is_written: bool) {
        if is_written {
            self.0 = None;
        } else {
            self.put_back(model);
        }
    }
}

impl<V: VersionToken> Before<V> {
    /// Moves the version of a model to the one that `follow` names after `from`, or fails if there is none that the
    /// database `DB` can hold.
    pub(super) fn move_on<DB, M, F>(
        &mut self,
        model: &mut M,
        from: &V,
        follow: &F,
    ) -> Result<(), Error>
    where
        DB: Dialect,
        M: Versioned<Version = V>,
        F: Follow<M>,
    {
        self.keep(model, from);
        let next = follow.next(model);
        self.move_to::<DB>(model, from, next)
    }

    /// Keeps the version of a model, which is then set to `from`.
    pub(crate) fn keep(&mut self, model: &mut dyn AnyModel<V>, from: &V) {
        self.0 = Some((model.held().clone(), None));
        model.hold(from.clone());
    }

    /// Moves the model to its `next` version after `from`, and its stamp to the present time. Fails if there is no
    /// next one that the database `DB` can hold.
    pub(crate) fn move_to<DB: Dialect>(
        &mut self,
        model: &mut dyn AnyModel<V>,
        from: &V,
        next: Option<V>,
    ) -> Result<(), Error> {
        let [_, sql_type] = model.column();
        match next {
            Some(next) if DB::keeps(sql_type, &next) => model.hold(next),
            _ => return Err(Error::version_exhausted(model, from.describe())),
        }
        if let (Some(stamp), Some((_, stamped))) = (model.stamp(), &mut self.0) {
            *stamped = Some(stamp.advance(DB::keeps));
        }
        Ok(())
    }

    /// What a write makes of the row of the model, which has moved on, and which expects this version.
    pub(crate) fn lost_write(&self, moved: &dyn AnyModel<V>, expected: &V) -> Option<LostWrite> {
        let (was, _) = self.0.as_ref()?;
        Some(LostWrite::new(moved, was, expected))
    }
}
