//! A write for which the version in memory moves on: of a save, or a touch.

use super::advance::Advance;
use super::read::{ReadInto, ReadRow, ReturnedFn, WithVersion, read_into};
use super::save::Follow;
use crate::backend::Dialect as _;
use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{
    Answer, ExecuteUpdate, Executes, NextVersion, Returned, RowRead, RowWrite, Wire,
};
use crate::statement::LockMode;
use crate::versioned::Versioned;

/// Which statement writes a model, by a version.
pub(crate) trait SendWrite<M: Versioned, X: Executes> {
    /// Does the model change anything?
    fn has_changes(&self, _model: &M) -> bool {
        true
    }

    /// Sends it, at the version `expected`.
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Option<Returned<'w, M::Version, X>>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize>;
}

/// A function that writes a model, by a version.
pub(super) type SendFn<M, X> = for<'w, 'c> fn(
    &'w M,
    <M as Versioned>::Version,
    Option<Returned<'w, <M as Versioned>::Version, X>>,
    &'w mut Wire<'c, X>,
) -> Answer<'w, X, usize>;

/// **Sends** `UPDATE t SET .. WHERE key AND version = expected`, and behind it `RETURNING version` if the version goes
/// somewhere.
pub(crate) fn send_update<'w, M, X>(
    update: impl ExecuteUpdate<X> + 'w,
    returned: Option<Returned<'w, M::Version, X>>,
    conn: &'w mut Wire<'_, X>,
) -> Answer<'w, X, usize>
where
    X: Executes,
    M: Versioned,
{
    // What returns a version is compiled only where it can be needed.
    if M::GENERATED && X::Backend::RETURNS_WRITTEN {
        if let Some(returned) = returned {
            return conn.update_returning(update, returned);
        }
    }
    conn.execute_update(update)
}

/// A model that is written by `S`. `F` is shown the value as it will be, before anything is sent. If the row has
/// another version, `What` is read of it.
pub(crate) struct Moving<'m, M: Versioned, X: Executes, F, S, What: WithVersion<M>> {
    advance: Advance<'m, M>,
    follow: &'m mut F,
    statement: S,
    read: ReadInto<M, What::Found, X>,
    returned: ReturnedFn<M, What::Found, X>,
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
            returned: What::returned::<X>,
            found: None,
        }
    }

    /// What was read of the row.
    pub(super) fn into_found(self) -> Option<What::Found> {
        self.found
    }
}

impl<M, X, F, S, What> RowRead<X, M::Version> for Moving<'_, M, X, F, S, What>
where
    X: Executes,
    M: Versioned,
    What: WithVersion<M>,
{
    fn named(&self) -> &dyn AnyRow {
        self.advance.model()
    }

    fn lock(&self) -> LockMode {
        What::READ.lock
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        (self.read)(self.advance.model(), lock, conn, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        self.found.as_ref().map(What::READ.version)
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
        self.advance.model().version().clone()
    }

    fn has_changes(&self) -> bool {
        self.statement.has_changes(self.advance.model())
    }

    fn write<'w>(
        &'w mut self,
        expected: &M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        let next = |model: &M| self.follow.next(model);
        self.advance.move_on::<X::Backend>(expected, next)?;
        let model = self.advance.model();
        self.follow.see(model);
        let returned = if M::GENERATED {
            (self.returned)(&mut self.found)
        } else {
            None
        };
        Ok(self.statement.send(model, expected.clone(), returned, conn))
    }

    fn next_version(&self) -> NextVersion {
        match NextVersion::of::<M>() {
            NextVersion::Read if What::RETURNS && X::Backend::RETURNS_WRITTEN => {
                NextVersion::Returned
            }
            next => next,
        }
    }

    fn adopt(&mut self) {
        if let Some(found) = self.found.take() {
            self.advance.adopt((What::READ.into_version)(found));
        }
    }

    fn lost_write(&self, expected: &M::Version) -> Option<LostWrite> {
        self.advance.lost_write(expected)
    }

    fn settle(&mut self, is_written: bool) {
        self.advance.settle(is_written);
    }
}
