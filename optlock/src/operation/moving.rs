//! A write for which the version in memory moves on: of a save, or a touch.

use super::advance::Advance;
use super::read::{ReadInto, ReadRow, ReturnedFn, RowLockFn, WithVersion, read_into, row_lock};
use super::save::Follow;
use crate::backend::Dialect as _;
use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{
    Answer, ExecuteUpdate, Executes, NextVersion, Returned, RowRead, RowWrite, Wire,
};
use crate::statement::{LockMode, RowLock};
use crate::versioned::Versioned;

/// Which update writes a model, by a version.
pub(crate) trait MakeUpdate<M: Versioned, X: Executes> {
    /// The update.
    type Update<'w>: ExecuteUpdate<X> + 'w
    where
        M: 'w;

    /// Does the model change anything?
    fn has_changes(&self, _model: &M) -> bool {
        true
    }

    /// The update at the version `expected`.
    fn update<'w>(&self, model: &'w M, expected: M::Version) -> Self::Update<'w>;
}

/// What sends the update of a model, by a version.
pub(crate) trait SendWrite<M: Versioned, X: Executes> {
    /// Does the model change anything?
    fn has_changes(&self, model: &M) -> bool;

    /// Sends it, at the version `expected`.
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize>;

    /// Sends it with `RETURNING version` behind it: of a model whose version the database makes.
    fn send_returning<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Returned<'w, M::Version, X>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize>;
}

/// Sends the update that `S` makes.
pub(crate) struct SendUpdate<S>(pub(crate) S);

impl<M, X, S> SendWrite<M, X> for SendUpdate<S>
where
    X: Executes,
    M: Versioned,
    S: MakeUpdate<M, X>,
{
    fn has_changes(&self, model: &M) -> bool {
        self.0.has_changes(model)
    }

    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute_update(self.0.update(model, expected))
    }

    fn send_returning<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Returned<'w, M::Version, X>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.update_returning(self.0.update(model, expected), returned)
    }
}

/// A function that writes a model, by a version.
pub(super) type SendFn<M, X> =
    for<'w, 'c> fn(&'w M, <M as Versioned>::Version, &'w mut Wire<'c, X>) -> Answer<'w, X, usize>;

/// A function that writes a model, by a version, and returns the version that its row has then.
pub(super) type SendReturningFn<M, X> = for<'w, 'c> fn(
    &'w M,
    <M as Versioned>::Version,
    Returned<'w, <M as Versioned>::Version, X>,
    &'w mut Wire<'c, X>,
) -> Answer<'w, X, usize>;

/// A model that is written by `S`. `F` is shown the value as it will be, before anything is sent. If the row has
/// another version, `What` is read of it.
pub(crate) struct Moving<'m, M: Versioned, X: Executes, F, S, What: WithVersion<M>> {
    advance: Advance<'m, M>,
    follow: &'m mut F,
    statement: S,
    read: ReadInto<M, What::Found, X>,
    row_lock: RowLockFn<M, X>,
    /// Only of a model whose version the database makes: it is compiled for no other.
    returned: Option<ReturnedFn<M, What::Found, X>>,
    found: Option<What::Found>,
}

impl<'m, M, X, F, S, What> Moving<'m, M, X, F, S, What>
where
    X: Executes,
    M: Versioned,
    What: WithVersion<M>,
{
    pub(crate) fn new(model: &'m mut M, follow: &'m mut F, statement: S) -> Self
    where
        M: ReadRow<What, X>,
    {
        Self {
            advance: Advance::of(model),
            follow,
            statement,
            read: read_into::<What, M, X>,
            row_lock: row_lock::<What, M, X>(),
            returned: const {
                if M::GENERATED {
                    Some(What::returned::<X>)
                } else {
                    None
                }
            },
            found: None,
        }
    }

    /// What was read of the row.
    pub(super) fn into_found(self) -> Option<What::Found> {
        self.found
    }
}

/// What is compiled for models whose version the database makes, and for no others.
impl<M, X, F, S, What> Moving<'_, M, X, F, S, What>
where
    X: Executes,
    M: Versioned,
    S: SendWrite<M, X>,
    What: WithVersion<M>,
{
    /// Sends the write, which returns the version if it can.
    fn send_generated<'w>(
        &'w mut self,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        let (model, found) = (&*self.advance.model, &mut self.found);
        match self.returned.and_then(|returned| returned(found)) {
            Some(returned) => self
                .statement
                .send_returning(model, expected, returned, conn),
            None => self.statement.send(model, expected, conn),
        }
    }

    /// Takes over the version that was read.
    fn adopt_found(&mut self) {
        if let Some(found) = self.found.take() {
            self.advance.adopt((What::READ.into_version)(found));
        }
    }
}

impl<M, X, F, S, What> RowRead<X, M::Version> for Moving<'_, M, X, F, S, What>
where
    X: Executes,
    M: Versioned,
    What: WithVersion<M>,
{
    fn named(&self) -> &dyn AnyRow {
        self.advance.model
    }

    fn lock(&self) -> LockMode {
        What::LOCK
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        (self.read)(self.advance.model, lock, conn, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        self.found.as_ref().map(What::READ.version)
    }

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        self.row_lock.map(|row_lock| row_lock(self.advance.model))
    }
}

impl<M, X, F, S, What> RowWrite<X, M::Version> for Moving<'_, M, X, F, S, What>
where
    X: Executes,
    M: Versioned,
    F: Follow<M>,
    S: SendWrite<M, X>,
    What: WithVersion<M>,
{
    fn in_memory(&self) -> M::Version {
        self.advance.model.version().clone()
    }

    fn has_changes(&self) -> bool {
        self.statement.has_changes(self.advance.model)
    }

    fn write<'w>(
        &'w mut self,
        expected: &M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        let Advance { model, before } = &mut self.advance;
        before.move_on::<X::Backend, M, F>(model, expected, self.follow)?;
        self.follow.see(model);
        if M::GENERATED {
            return Ok(self.send_generated(expected.clone(), conn));
        }
        Ok(self
            .statement
            .send(self.advance.model, expected.clone(), conn))
    }

    fn next_version(&self) -> NextVersion {
        const { NextVersion::of::<M>(What::RETURNS && X::Backend::RETURNS_WRITTEN) }
    }

    fn adopt(&mut self) {
        if M::GENERATED {
            self.adopt_found();
        }
    }

    fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
        self.advance.lost_write(expected)
    }

    fn settle(&mut self, is_written: bool) {
        self.advance.settle(is_written);
    }
}
