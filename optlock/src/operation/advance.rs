//! The version in memory, moved on for a write and put back unless the write hit its row.

use super::effect::{Effect, effect_of};
use crate::backend::Dialect;
use crate::error::{Error, LostWrite};
use crate::stamp::Stamped;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::dsl::SqlTypeOf;
use diesel::result::QueryResult;
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
    /// Moves the version to the one after `from`, or fails if there is none that the database
    /// `DB` can hold.
    pub(crate) fn new<DB: Dialect>(model: &'m mut M, from: &M::Version) -> Result<Self, Error> {
        Self::to::<DB>(model, from, M::next_version)
    }

    /// Moves the version to the one that `next` names after `from`.
    pub(super) fn to<DB: Dialect>(
        model: &'m mut M,
        from: &M::Version,
        next: impl FnOnce(&M) -> Option<M::Version>,
    ) -> Result<Self, Error> {
        let before = Before {
            version: model.version().clone(),
            stamped: None,
        };
        let mut advance = Self {
            model,
            before: Some(before),
        };
        advance.model.set_version(from.clone());
        let column = TypeId::of::<SqlTypeOf<M::VersionColumn>>();
        let Some(next) = next(advance.model).filter(|next| DB::keeps(column, next)) else {
            return Err(Error::version_exhausted(&*advance.model, from.describe()));
        };
        advance.model.set_version(next);
        let stamped = advance.model.stamp().map(|stamp| stamp.advance(DB::keeps));
        if let Some(before) = &mut advance.before {
            before.stamped = stamped;
        }
        Ok(advance)
    }

    pub(crate) fn model(&self) -> &M {
        self.model
    }

    /// Leaves the model where it has moved to, and returns what it was before.
    pub(crate) fn leave(mut self) -> Option<Before<M::Version>> {
        self.before.take()
    }

    /// What the write of the row did that expected this version, by its result. Unless it matched the row, the
    /// version is put back.
    pub(crate) fn settle<DB: Dialect>(
        mut self,
        expected: &M::Version,
        result: QueryResult<usize>,
        in_transaction: bool,
    ) -> Effect {
        let mut sent = None;
        match result {
            Ok(1) => self.before = None,
            Ok(_) => self.put_back(),
            Err(_) => {
                sent = self.lost_write(expected);
                // Before the error is made, which names the version in memory.
                self.put_back();
            }
        }
        effect_of::<DB>(result, self.model, sent, in_transaction)
    }

    /// What the write of the row makes of it that expects this version.
    fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
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
