//! A batch missed rows: why?

use super::any_batch::{AnyBatch, RowOf};
use super::cases::{FEW, find_by_position};
use super::needs::Batches;
use super::one_by_one::find_stale;
use super::same_row::find_shared;
use super::saving::Respelled;
use super::strategy::Written;
use crate::error::{AnyRow, BatchConflict, ConcurrentModification, Error};
use crate::executes::{RowRead as _, Wire};
use crate::operation::{ZeroRows, look, spelling_of};
use crate::token::VersionToken;
use std::mem;

/// How the rows of a batch spell the versions that they should have, once their writes have missed rows.
pub(super) struct Spelling<V> {
    is_second: bool,
    found: Found<V>,
}

impl<V: VersionToken> Spelling<V> {
    /// It is that of the versions in memory.
    pub(super) fn of_memory() -> Self {
        Self {
            is_second: false,
            found: Found::nothing(),
        }
    }

    /// Takes the rows' spelling of their versions, once, after a batch that was rolled back: before that, its own
    /// writes would look like another client's. `written` says which rows it has not written.
    ///
    /// Fails with what these have instead: with the conflicts; or with the first of the rows that were
    /// refused, which are none.
    pub(super) async fn correct<B, X>(
        &mut self,
        batch: &mut B,
        written: &Written,
        conn: &mut Wire<'_, X>,
    ) -> Result<(), Error>
    where
        X: Batches,
        B: AnyBatch<X, V> + ?Sized,
    {
        if let Written::Refused(index) = *written {
            self.found.add(index, Err(refused(batch.named(index))));
        }
        for &index in written.missed() {
            let missed = batch.in_memory(index);
            let mut row = RowOf::new(&*batch, index);
            let looked = look(&mut row, missed, ZeroRows::NoRow, conn).await;
            let spelling =
                looked.and_then(|()| spelling_of(batch.named(index), missed, row.found()));
            self.found.add(index, spelling);
        }
        self.found.check_conflicts(batch.len())?;
        if let Some(index) = find_shared(&*batch, &self.found.refused, conn).await {
            return Err(Error::duplicate_key(batch.named(index)));
        }
        match self.take()? {
            Some(respelled) => {
                batch.respell(respelled);
                Ok(())
            }
            None => Err(refused(batch.named(written.missed()[0]))),
        }
    }

    /// Takes the spelling that was found, unless it is the second one.
    fn take(&mut self) -> Result<Option<Respelled<V>>, Error> {
        if let Some(refusal) = self.found.refusal.take() {
            return Err(refusal);
        }
        let is_first = !mem::replace(&mut self.is_second, true);
        Ok(is_first.then(|| mem::take(&mut self.found.respelled)))
    }
}

/// The error of a row that was not written although it has the expected version.
pub(super) fn refused(row: &dyn AnyRow) -> Error {
    Error::refused(row, row.version())
}

/// What the rows have that were not written.
struct Found<V> {
    /// The expected version in another spelling.
    respelled: Respelled<V>,
    conflicts: Vec<(usize, ConcurrentModification)>,
    /// Those that have the expected version, or could not be read.
    refused: Vec<usize>,
    /// The error of the first of them.
    refusal: Option<Error>,
}

impl<V> Found<V> {
    fn nothing() -> Self {
        Self {
            respelled: Respelled::new(),
            conflicts: Vec::new(),
            refused: Vec::new(),
            refusal: None,
        }
    }

    /// Adds the spelling of a row, or the error of one that has another version or was refused.
    fn add(&mut self, index: usize, found: Result<V, Error>) {
        match found {
            Ok(version) => {
                self.respelled.insert(index, version);
            }
            Err(Error::ConcurrentModification(conflict)) => self.conflicts.push((index, conflict)),
            Err(error) => {
                self.refused.push(index);
                self.refusal.get_or_insert(error);
            }
        }
    }

    /// Fails with the conflicts, of a batch of so many rows.
    fn check_conflicts(&mut self, rows: usize) -> Result<(), Error> {
        if self.conflicts.is_empty() {
            return Ok(());
        }
        Err(BatchConflict::new(rows, mem::take(&mut self.conflicts)).into())
    }
}

/// Finds which rows were missed: statements for chunks of them return only their number. Call it after the
/// rollback: before it, the batch's own writes look like another client's.
pub(super) async fn find_missed<V, B, X>(
    batch: &B,
    conn: &mut Wire<'_, X>,
) -> Result<Written, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let is_locked = conn.depth().is_some();
    let missed = if is_locked && batch.len() <= FEW {
        find_stale(batch, conn).await?
    } else {
        find_by_position(batch, is_locked, conn).await?
    };
    Ok(Written::not_all(missed))
}
