//! The version in memory, moved on for a write and put back unless the write hit its row.

use crate::stamp::Stamped;
use crate::{Error, VersionToken as _, Versioned};

/// Holds a model whose version (and stamp) has moved on. Dropped without [`keep`](Self::keep), it
/// puts them back: after a conflict, an error, a panic, a dropped future.
pub(crate) struct Advance<'m, M: Versioned> {
    model: &'m mut M,
    before: Option<(M::Version, Option<Stamped>)>,
}

impl<'m, M: Versioned> Advance<'m, M> {
    /// Moves the version on, or fails if there is no next one.
    pub(crate) fn new(model: &'m mut M) -> Result<Self, Error> {
        let Some(next) = model.next_version() else {
            return Err(Error::VersionExhausted {
                table: M::TABLE_NAME,
                key: format!("{:?}", model.key()),
                version: model.version().describe(),
            });
        };
        let expected = model.version().clone();
        let mut advance = Self {
            model,
            before: Some((expected, None)),
        };
        advance.model.set_version(next);
        let stamped = advance.model.stamp().map(crate::Stamp::advance);
        if let Some((_, before)) = &mut advance.before {
            *before = stamped;
        }
        Ok(advance)
    }

    pub(crate) fn model(&self) -> &M {
        self.model
    }

    /// The write hit its row.
    pub(crate) fn keep(mut self) {
        self.before = None;
    }
}

impl<M: Versioned> Drop for Advance<'_, M> {
    fn drop(&mut self) {
        if let Some((version, stamped)) = self.before.take() {
            self.model.set_version(version);
            if let (Some(stamp), Some(before)) = (self.model.stamp(), stamped) {
                stamp.restore(before);
            }
        }
    }
}
