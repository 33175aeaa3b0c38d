//! A client by the connections `Conn`, whose operations are those of `prelude`. Included for each kind.

use super::{Conn, FACE, prelude};
use crate::client::{AnyClient, Client, Edit};
use crate::rows::Line;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::retry::{Policy, RetryError};
use optlock::{Error, Field, LostAttempt, Resolved};
use optlock_proof::history::Face;
use prelude::*;
use std::cell::RefCell;
use std::time::Duration;

pub(crate) fn connect<M: Line>(url: &str) -> AnyClient<M>
where
    Conn: Client<M>,
{
    Box::new(Conn::establish(url).unwrap())
}

impl<M> Client<M> for Conn
where
    M: Line
        + Diff
        + methods::Save<Conn>
        + methods::SaveMerged<Conn>
        + methods::SaveAll<Conn>
        + methods::LoadCurrent<Conn>
        + methods::LockRow<Conn>
        + methods::CheckCurrent<Conn>
        + methods::Resolve<Conn>
        + methods::AcquireLease<Conn>
        + methods::SaveLeased<Conn>,
{
    fn face(&self) -> Face {
        FACE
    }

    fn execute(&mut self, statement: &str) -> QueryResult<()> {
        self.batch_execute(statement)
    }

    fn load(&mut self, key: i64) -> Result<Option<M>, Error> {
        VersionedDsl::load_current(&M::with_key(key), self)
    }

    fn save(&mut self, value: &mut M) -> Result<(), Error> {
        VersionedDsl::save_checked(value, self)
    }

    fn save_merged(&mut self, value: &mut M, base: &M) -> Result<Vec<Field>, Error> {
        VersionedDsl::save_merged(value, base, self)
    }

    fn save_all(&mut self, values: &mut [M]) -> Result<(), Error> {
        VersionedSliceDsl::save_all_checked(values, self)
    }

    fn transaction(
        &mut self,
        values: &mut [M],
        edit: Edit<'_, M>,
        before_commit: &(dyn Fn() + Sync),
    ) -> Result<(), Error> {
        transaction(self, values, |conn, values: &mut [M]| {
            for value in values {
                edit(value);
                VersionedDsl::save_checked(value, conn)?;
            }
            before_commit();
            Ok(())
        })
    }

    fn retry(&mut self, key: i64, edit: Edit<'_, M>) -> Result<(M, M), Error> {
        let policy = Policy::new().attempts(50);
        let saved = retry(policy, self, |conn| {
            let loaded = VersionedDsl::load_current(&M::with_key(key), conn)?;
            let loaded: M = loaded.ok_or(diesel::NotFound)?;
            let mut value = loaded.clone();
            edit(&mut value);
            VersionedDsl::save_checked(&mut value, conn)?;
            Ok::<_, Error>((loaded, value))
        });
        saved.map_err(RetryError::into_last)
    }

    fn lock(&mut self, value: &M) -> Result<(), Error> {
        transaction(self, (), |conn, ()| VersionedDsl::lock_checked(value, conn))
    }

    fn check(&mut self, value: &M) -> Result<(), Error> {
        VersionedDsl::check_current(value, self)
    }

    fn attempt_in_transaction(
        &mut self,
        value: &mut M,
        edit: Edit<'_, M>,
    ) -> (Result<(), Error>, LostAttempt<'static, M>) {
        let sent = RefCell::new(None);
        let result = transaction(self, value, |conn, value: &mut M| {
            edit(value);
            let mut attempt = value.attempt()?;
            let saved = AttemptDsl::save_checked(&mut attempt, conn);
            *sent.borrow_mut() = Some(attempt.into_owned());
            saved.map(drop)
        });
        (result, sent.into_inner().expect("an attempt"))
    }

    fn resolve_attempt(
        &mut self,
        attempt: &mut LostAttempt<'static, M>,
    ) -> Result<Resolved<M>, Error> {
        ResolveDsl::resolve(attempt, self)
    }

    fn resolve(&mut self, value: &mut M, error: &Error) -> Option<Result<Resolved<M>, Error>> {
        let mut lost = value.attempt_of(error)?;
        Some(ResolveDsl::resolve(&mut lost, self))
    }

    fn acquire(&mut self, value: &M, owner: &str, time: Duration) -> Result<Lease, Error> {
        LeaseDsl::acquire(value, owner, "page", time, self)
    }

    fn renew(&mut self, lease: &mut Lease) -> Result<LeaseAnswer, Error> {
        LeaseDsl::renew(lease, self)
    }

    fn release(&mut self, lease: &mut Lease) -> Result<LeaseAnswer, Error> {
        LeaseDsl::release(lease, self)
    }

    fn save_leased(&mut self, value: &mut M, lease: &Lease) -> Result<(), Error> {
        LeasedDsl::save_leased(value, lease, self)
    }
}
