//! A batch missed rows: why?

use super::cases::{FEW, find_by_position};
use super::facts::{BatchFacts, Facts};
use super::needs::{Batches, Keyed};
use super::one_by_one::{OneByOne, find_stale};
use super::rows::Rows;
use super::same_row::find_shared;
use super::saving::Respelled;
use super::strategy::Written;
use crate::error::{AnyRow, BatchConflict, ConcurrentModification, Error};
use crate::executes::Wire;
use crate::operation::{OfVersion, ReadRow, Selected, ZeroRows, look, spelling_of};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use std::mem;

/// The versions that the rows of a batch should have: those in memory, and then the rows' spelling of them.
pub(super) struct Spelling<V> {
    respelled: Respelled<V>,
    is_second: bool,
    found: Found<V>,
}

impl<V> Spelling<V> {
    /// The versions in memory.
    pub(super) fn of_memory() -> Self {
        Self {
            respelled: Respelled::new(),
            is_second: false,
            found: Found::nothing(),
        }
    }

    /// The versions that are not those in memory.
    pub(super) fn respelled(&self) -> &Respelled<V> {
        &self.respelled
    }

    /// Takes the rows' spelling of their versions, once, after a batch that was rolled back: before that, its own
    /// writes would look like another client's. `written` says which rows it has not written.
    ///
    /// Fails with what these have instead: with the conflicts; or with the first of the rows that were
    /// refused, which are none.
    pub(super) async fn correct<M, X>(
        &mut self,
        models: &[M],
        written: &Written,
        conn: &mut Wire<'_, X>,
    ) -> Result<(), Error>
    where
        X: Batches,
        M: ReadRow<OfVersion, X> + Keyed<X::Backend> + Versioned<Version = V>,
        V: VersionToken,
    {
        if let Written::Refused(index) = *written {
            self.found.add(index, Err(refused(&models[index])));
        }
        for &index in written.missed() {
            let model = &models[index];
            let missed = model.version();
            let mut row = Selected::<_, OfVersion>::new(model);
            let found = look(&mut row, missed, ZeroRows::NoRow, conn).await;
            let spelling = found.and_then(|found| spelling_of(model, missed, found));
            self.found.add(index, spelling);
        }
        self.found.check_conflicts(models.len())?;
        let rows = Rows::unmoved(models, &self.respelled);
        let facts = Facts::<OneByOne, _>::new(&rows);
        if let Some(index) = find_shared(X::see(&facts), &self.found.refused, conn).await {
            return Err(Error::duplicate_key(&models[index]));
        }
        if self.take()? {
            return Ok(());
        }
        Err(refused(&models[written.missed()[0]]))
    }

    /// Takes the spelling that was found, unless it is the second one.
    fn take(&mut self) -> Result<bool, Error> {
        if let Some(refusal) = self.found.refusal.take() {
            return Err(refusal);
        }
        let is_first = !self.is_second;
        self.is_second = true;
        self.respelled = mem::take(&mut self.found.respelled);
        Ok(is_first)
    }
}

/// The error of a row that was not written although it has the expected version.
fn refused(row: &dyn AnyRow) -> Error {
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
pub(super) async fn find_missed<M, R, X>(
    rows: &Rows<'_, M>,
    facts: &R,
    conn: &mut Wire<'_, X>,
) -> Result<Written, Error>
where
    X: Batches,
    M: ReadRow<OfVersion, X>,
    R: BatchFacts<X::Backend> + ?Sized,
{
    let is_locked = conn.depth().is_some();
    let missed = if is_locked && rows.len() <= FEW {
        find_stale(rows, conn).await?
    } else {
        find_by_position(facts, is_locked, conn).await?
    };
    Ok(Written::not_all(missed))
}
