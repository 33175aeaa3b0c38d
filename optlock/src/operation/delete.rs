//! `delete_checked` and `force_delete`.

use super::effect::{read_failed, still_there};
use super::explain::newest;
use super::needs::{DeletedByForceOn, DeletedOn};
use super::read::{OfVersion, ReadRow, row_lock};
use super::write::{write_once, write_or_fail};
use crate::error::{AnyRow, Error};
use crate::executes::{Answer, Execute, Executes, RowRead, RowWrite, Wire};
use crate::statement::{CheckedStatements, LockMode, RowLock};
use crate::token::VersionToken;
use crate::versioned::Versioned;

/// Which statement deletes the row of a model, by a version.
pub(crate) trait SendDelete<M: Versioned, X: Executes> {
    /// Sends it, at the version `expected`.
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize>;
}

/// A model that is deleted by `S`.
pub(crate) struct Deletion<'m, M: Versioned, S> {
    model: &'m M,
    statement: S,
    found: Option<M::Version>,
}

impl<'m, M: Versioned, S> Deletion<'m, M, S> {
    pub(crate) fn new(model: &'m M, statement: S) -> Self {
        Self {
            model,
            statement,
            found: None,
        }
    }
}

impl<M, X, S> RowRead<X, M::Version> for Deletion<'_, M, S>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
{
    fn named(&self) -> &dyn AnyRow {
        self.model
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        conn.fetch_into::<M::Rows, _>(self.model.query(lock), lock, &mut self.found)
    }

    fn found(&self) -> Option<&M::Version> {
        self.found.as_ref()
    }

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        row_lock::<OfVersion, M, X>().map(|row_lock| row_lock(self.model))
    }
}

impl<M, X, S> RowWrite<X, M::Version> for Deletion<'_, M, S>
where
    X: Executes,
    S: SendDelete<M, X>,
    M: ReadRow<OfVersion, X>,
{
    fn in_memory(&self) -> M::Version {
        self.model.version().clone()
    }

    fn write<'w>(
        &'w mut self,
        expected: &M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        Ok(self.statement.send(self.model, expected.clone(), conn))
    }

    fn settle(&mut self, _is_written: bool) {}
}

/// At the expected version alone.
pub(super) struct AtVersion;

impl<M, X> SendDelete<M, X> for AtVersion
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<X>>,
{
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute(model.checked_delete(expected))
    }
}

/// Whatever version is expected.
pub(super) struct ByForce;

impl<M, X> SendDelete<M, X> for ByForce
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, ForcedDelete: Execute<X>>,
{
    fn send<'w>(
        &self,
        model: &'w M,
        _expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute(model.forced_delete())
    }
}

pub(crate) async fn delete_checked<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: DeletedOn<X>,
{
    let mut row = Deletion::new(model, AtVersion);
    write_or_fail(X::row(&mut row), conn).await.map(drop)
}

pub(crate) async fn force_delete<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<bool, Error>
where
    X: Executes,
    M: DeletedByForceOn<X>,
{
    let mut row = Deletion::new(model, ByForce);
    delete_by_force(X::row(&mut row), conn).await
}

/// Deletes the row whatever its version, and returns whether there was one.
pub(super) async fn delete_by_force<V, R, X>(
    row: &mut R,
    conn: &mut Wire<'_, X>,
) -> Result<bool, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let zero_rows = match write_once(row, &row.in_memory(), conn).await? {
        Ok(_) => return Ok(true),
        Err(zero_rows) => zero_rows,
    };
    // No row is no row: a delete meets the newest ones, whatever the snapshot.
    let read = newest(row, |version| version.is_some(), conn).await;
    read.map_err(|error| read_failed::<X::Backend>(row.named(), error))?;
    match row.found() {
        Some(version) => Err(still_there(row.named(), version.describe(), zero_rows)),
        None => Ok(false),
    }
}
