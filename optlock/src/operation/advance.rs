//! The version in memory, moved on for a write and put back unless the write hit its row.

use crate::backend::Dialect;
use crate::error::{Error, LostWrite};
use crate::stamp::Stamped;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::dsl::SqlTypeOf;
use std::any::TypeId;

/// Holds a model whose version (and stamp) has moved on. Dropped before [`settle`](Self::settle) or
/// [`leave`](Self::leave), it puts them back: after an error, a panic.
///
/// The destructor only moves values: it asks no clock, `Clone`, `PartialEq` or `next`, which are the
/// user's and may panic.
pub(crate) struct Advance<'m, M: Versioned> {
    model: &'m mut M,
    before: Option<Before<M::Version>>,
}

/// The version of a model, and its stamp, before they were moved on.
pub(crate) struct Before<V> {
    version: V,
    stamped: Option<Stamped>,
}

impl<V> Before<V> {
    /// What a write makes of the row of the model, which has moved on, and which expects this version.
    pub(crate) fn lost_write<M>(&self, moved: &M, expected: &V) -> LostWrite
    where
        M: Versioned<Version = V>,
    {
        LostWrite::new(moved, &self.version, expected)
    }

    /// Puts them back.
    pub(crate) fn put_back<M: Versioned<Version = V>>(self, model: &mut M) {
        model.set_version(self.version);
        if let (Some(stamp), Some(before)) = (model.stamp(), self.stamped) {
            stamp.restore(before);
        }
    }
}

impl<'m, M: Versioned> Advance<'m, M> {
    /// A model that has not moved on yet.
    pub(crate) fn of(model: &'m mut M) -> Self {
        Self {
            model,
            before: None,
        }
    }

    /// Moves the version to the one that `next` names after `from`, or fails if there is none that the database
    /// `DB` can hold.
    pub(crate) fn move_on<DB: Dialect>(
        &mut self,
        from: &M::Version,
        next: impl FnOnce(&M) -> Option<M::Version>,
    ) -> Result<(), Error> {
        self.before = Some(Before {
            version: self.model.version().clone(),
            stamped: None,
        });
        self.model.set_version(from.clone());
        let column = TypeId::of::<SqlTypeOf<M::VersionColumn>>();
        match next(self.model) {
            Some(next) if DB::keeps(column, &next) => self.model.set_version(next),
            _ => return Err(Error::version_exhausted(&*self.model, from.describe())),
        }
        if let (Some(stamp), Some(before)) = (self.model.stamp(), &mut self.before) {
            before.stamped = Some(stamp.advance(DB::keeps));
        }
        Ok(())
    }

    pub(crate) fn model(&self) -> &M {
        self.model
    }

    /// Leaves the model where it has moved to, and returns what it was before.
    pub(crate) fn leave(mut self) -> Option<Before<M::Version>> {
        self.before.take()
    }

    /// Unless the row was written, puts the version back.
    pub(crate) fn settle(&mut self, is_written: bool) {
        if is_written {
            self.before = None;
        } else {
            self.put_back();
        }
    }

    /// What the write of the row makes of it that expects this version.
    pub(crate) fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
        let before = self.before.as_ref()?;
        Some(before.lost_write(&*self.model, expected))
    }

    fn put_back(&mut self) {
        if let Some(before) = self.before.take() {
            before.put_back(self.model);
        }
    }
}

impl<M: Versioned> Drop for Advance<'_, M> {
    fn drop(&mut self) {
        self.put_back();
    }
}
