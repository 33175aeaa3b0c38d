//! A batch, whatever its model: so what sends it is compiled once, and not for each model.

use super::facts::{Batch, BatchFacts, is_generated};
use super::needs::ReadVersions;
use super::saving::{Deleting, Models, Respelled, Saving};
use super::strategy::Written;
use super::versions::versions_of;
use crate::backend::Dialect;
use crate::error::{AnyRow, Error, LostWrite};
#[cfg(feature = "async")]
use crate::executes::Waiting;
use crate::executes::{Answer, Blocking, Execute, ExecuteUpdate, Executes, RowRead, Wire};
use crate::operation::{OfVersion, ReadRow, SelectRow as _, row_lock};
use crate::statement::{CheckedStatements, LockMode, RowLock};
use crate::versioned::Versioned;
use diesel::connection::Connection;

/// The rows of a batch, how each is written by itself, and what becomes of the models in memory.
///
/// Positions are those of the rows that are written now. While none is, they are the indices of the models.
pub(crate) trait AnyBatch<X: Executes, V>: BatchFacts<X::Backend> {
    /// Are the rows deleted, and not saved?
    fn deletes(&self) -> bool;

    /// Does the database make the versions that the rows have behind the write?
    fn is_generated(&self) -> bool;

    /// The version of the model in memory.
    fn in_memory(&self, index: usize) -> &V;

    /// The version that the row should have.
    fn expected_version(&self, row: usize) -> &V;

    /// From now on, rows should have these versions.
    fn respell(&mut self, respelled: Respelled<V>);

    /// Moves the models on in memory, and returns how many rows are to be written.
    fn move_on(&mut self) -> Result<usize, Error>;

    /// What the writes that were sent make of their rows. It is not known of a delete.
    fn lost_writes(&self) -> Vec<LostWrite>;

    /// Takes over in memory the versions that the database has made, by the positions of the rows.
    fn adopt(&mut self, made: Vec<(usize, V)>);

    /// Leaves the models where they have moved to, or puts them back, by what was written. Returns it by the
    /// indices of the models.
    fn settle(&mut self, written: Written) -> Written;

    /// Sends the query of the version of this row, and keeps it in `found`.
    fn read<'w>(
        &'w self,
        row: usize,
        lock: LockMode,
        found: &'w mut Option<V>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, ()>;

    /// What locks this row in another transaction, on a database that locks rows.
    fn row_lock(&self, row: usize) -> Option<RowLock<X::Backend>>;

    /// Sends a query of the versions of these rows, each behind its position.
    /// [`read_versions`](super::versions::read_versions) knows when there is one.
    fn read_many<'w>(
        &'w self,
        rows: &[usize],
        lock: LockMode,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, Vec<(i64, V)>>;

    /// Sends the statement that writes this row alone.
    fn write<'w>(&'w self, row: usize, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, usize>;
}

impl<S, W, X> AnyBatch<X, <S::Model as Versioned>::Version> for Batch<S, W>
where
    X: Executes,
    Self: BatchFacts<X::Backend>,
    S: WritesRow<X, Model: ReadRow<OfVersion, X> + ReadVersions<X>>,
{
    fn deletes(&self) -> bool {
        S::DELETES
    }

    fn is_generated(&self) -> bool {
        is_generated::<S>()
    }

    fn in_memory(&self, index: usize) -> &<S::Model as Versioned>::Version {
        Versioned::version(&self.0.models()[index])
    }

    fn expected_version(&self, row: usize) -> &<S::Model as Versioned>::Version {
        self.0.rows().get(row).1
    }

    fn respell(&mut self, respelled: Respelled<<S::Model as Versioned>::Version>) {
        self.0.respell(respelled);
    }

    fn move_on(&mut self) -> Result<usize, Error> {
        self.0.move_on::<X::Backend>()
    }

    fn lost_writes(&self) -> Vec<LostWrite> {
        self.0.lost_writes()
    }

    fn adopt(&mut self, made: Vec<(usize, <S::Model as Versioned>::Version)>) {
        self.0.adopt(made);
    }

    fn settle(&mut self, written: Written) -> Written {
        self.0.settle(written)
    }

    fn read<'w>(
        &'w self,
        row: usize,
        lock: LockMode,
        found: &'w mut Option<<S::Model as Versioned>::Version>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, ()> {
        let query = self.0.rows().model(row).query(lock);
        conn.fetch_into::<<S::Model as ReadRow<OfVersion, X>>::Rows, _>(query, lock, found)
    }

    fn row_lock(&self, row: usize) -> Option<RowLock<X::Backend>> {
        row_lock::<OfVersion, S::Model, X>().map(|row_lock| row_lock(self.0.rows().model(row)))
    }

    fn read_many<'w>(
        &'w self,
        rows: &[usize],
        lock: LockMode,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, Vec<(i64, <S::Model as Versioned>::Version)>> {
        let query = versions_of(self, rows, lock);
        conn.fetch_all::<<S::Model as ReadVersions<X>>::Positions, _>(query)
    }

    fn write<'w>(&'w self, row: usize, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, usize> {
        self.0.write(row, conn)
    }
}

/// Models whose rows can be written one by one.
pub(super) trait WritesRow<X: Executes>: Models {
    /// Sends the statement that writes this row alone.
    fn write<'w>(&'w self, row: usize, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, usize>;
}

impl<M, X> WritesRow<X> for Saving<'_, M>
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Update: ExecuteUpdate<X>>,
{
    fn write<'w>(&'w self, row: usize, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, usize> {
        let (model, expected) = self.rows().get(row);
        conn.execute_update(model.checked_update(expected.clone()))
    }
}

impl<M, X> WritesRow<X> for Deleting<'_, M>
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<X>>,
{
    fn write<'w>(&'w self, row: usize, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, usize> {
        let (model, expected) = self.rows().get(row);
        conn.execute(model.checked_delete(expected.clone()))
    }
}

/// How what sends sees a batch: with a blocking connection it is compiled once for all models, and with an async
/// one for each, because only of the model itself it is known that it is `Send` and `Sync`.
pub(crate) trait SeesBatch: Executes + Sized {
    /// The batch.
    type Batch<'r, V, B: AnyBatch<Self, V>>: AnyBatch<Self, V> + ?Sized;

    /// The batch.
    fn see<'b, 'r, V, B>(batch: &'b mut B) -> &'b mut Self::Batch<'r, V, B>
    where
        B: AnyBatch<Self, V> + 'r;

    /// Never called. Without it, `Batch` would have to ask for `B: 'r`
    /// ([why](https://github.com/rust-lang/rust/issues/87479)), of which the compiler loses sight in a future.
    #[allow(dead_code)]
    fn no_bound<'r, V, B: AnyBatch<Self, V>>(_: &Self::Batch<'r, V, B>) {}
}

impl<C: Connection<Backend: Dialect>> SeesBatch for Blocking<C> {
    type Batch<'r, V, B: AnyBatch<Self, V>> = dyn AnyBatch<Self, V> + 'r;

    fn see<'b, 'r, V, B>(batch: &'b mut B) -> &'b mut (dyn AnyBatch<Self, V> + 'r)
    where
        B: AnyBatch<Self, V> + 'r,
    {
        batch
    }
}

#[cfg(feature = "async")]
impl<C> SeesBatch for Waiting<C>
where
    Self: Executes,
{
    type Batch<'r, V, B: AnyBatch<Self, V>> = B;

    fn see<'b, 'r, V, B>(batch: &'b mut B) -> &'b mut B
    where
        B: AnyBatch<Self, V> + 'r,
    {
        batch
    }
}

/// A row of a batch, of which the version is read.
pub(super) struct RowOf<'b, B: ?Sized, V> {
    batch: &'b B,
    row: usize,
    found: Option<V>,
}

impl<'b, B: ?Sized, V> RowOf<'b, B, V> {
    pub(super) fn new(batch: &'b B, row: usize) -> Self {
        Self {
            batch,
            row,
            found: None,
        }
    }

    /// The version that was read last.
    pub(super) fn into_found(self) -> Option<V> {
        self.found
    }
}

impl<B, V, X> RowRead<X, V> for RowOf<'_, B, V>
where
    X: Executes,
    B: AnyBatch<X, V> + ?Sized,
{
    fn named(&self) -> &dyn AnyRow {
        self.batch.named(self.row)
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        self.batch.read(self.row, lock, &mut self.found, conn)
    }

    fn found(&self) -> Option<&V> {
        self.found.as_ref()
    }

    fn row_lock(&self) -> Option<RowLock<X::Backend>> {
        self.batch.row_lock(self.row)
    }
}
