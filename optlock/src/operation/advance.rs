//! The version in memory, moved on for a write and put back unless the write hit its row.

use super::effect::{Effect, effect_of};
use crate::backend::Dialect;
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::stamp::Stamped;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::dsl::SqlTypeOf;
use diesel::result::Error::QueryBuilderError;
use diesel::result::{EmptyChangeset, QueryResult};
use std::any::TypeId;

/// Holds a model whose version (and stamp) has moved on. Dropped without [`keep`](Self::keep), it
/// puts them back: after a conflict, an error, a panic, a dropped future.
///
/// The destructor only moves values: it asks no clock, `Clone`, `PartialEq` or `next`, which are the
/// user's and may panic.
pub(crate) struct Advance<'m, M: Versioned> {
    model: &'m mut M,
    before: Option<(M::Version, Option<Stamped>)>,
}

impl<'m, M: Versioned> Advance<'m, M> {
    /// Moves the version to the one after `from`, or fails if there is none that the database
    /// `DB` can hold.
    pub(crate) fn new<DB: Dialect>(model: &'m mut M, from: &M::Version) -> Result<Self, Error> {
        let before = (model.version().clone(), None);
        let mut advance = Self {
            model,
            before: Some(before),
        };
        advance.model.set_version(from.clone());
        let column = TypeId::of::<SqlTypeOf<M::VersionColumn>>();
        let next = advance.model.next_version();
        let Some(next) = next.filter(|next| DB::keeps(column, next)) else {
            return Err(Error::version_exhausted(&*advance.model, from));
        };
        advance.model.set_version(next);
        let stamped = advance.model.stamp().map(|stamp| stamp.advance(DB::keeps));
        if let Some((_, before)) = &mut advance.before {
            *before = stamped;
        }
        Ok(advance)
    }

    pub(crate) fn model(&self) -> &M {
        self.model
    }

    /// The row was written.
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

/// Moves the version on from `expected`, lets `send` write the row at that version, and puts
/// everything back unless it did.
///
/// `follow` is shown the value as it will be, before anything is sent. What must go with the value is
/// made there: a `Clone` that panics later would leave the one without the other.
pub(crate) fn write<M, C>(
    model: &mut M,
    expected: &M::Version,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
    send: impl FnOnce(&M, M::Version, &mut C) -> QueryResult<usize>,
) -> Effect
where
    C: Connection<Backend: Dialect>,
    M: Versioned,
{
    let in_transaction = transaction_depth(conn).is_some();
    let advance = match Advance::new::<C::Backend>(model, expected) {
        Ok(advance) => advance,
        Err(error) => return Effect::Failed(error),
    };
    follow(advance.model());
    match send(advance.model(), expected.clone(), conn) {
        Ok(1) => {
            advance.keep();
            Effect::Hit
        }
        // Nothing was sent: embedded structs of optional fields that are all `None`.
        Err(QueryBuilderError(error)) if error.is::<EmptyChangeset>() => Effect::Nothing,
        result => {
            drop(advance);
            effect_of::<C::Backend, _>(result, model, in_transaction)
        }
    }
}
