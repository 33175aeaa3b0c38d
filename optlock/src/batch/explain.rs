//! A batch missed rows: why?

use super::rows::Rows;
use super::same_row::SharesRow;
use super::saving::Respelled;
use super::strategy::Written;
use crate::backend::Dialect;
use crate::error::{AnyRow, BatchConflict, ConcurrentModification, Error};
use crate::operation::{OfVersion, ReadRow, ZeroRows};
use crate::versioned::Versioned;
use diesel::connection::Connection;
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
    pub(super) fn correct<Strategy, M, C>(
        &mut self,
        models: &[M],
        written: &Written,
        conn: &mut C,
    ) -> Result<(), Error>
    where
        Strategy: SharesRow<M, C>,
        M: ReadRow<OfVersion, C> + Versioned<Version = V>,
        C: Connection<Backend: Dialect>,
    {
        if let Written::Refused(index) = *written {
            self.found.add(index, Err(refused(&models[index])));
        }
        for &index in written.missed() {
            let model = &models[index];
            let found = model.respelled(model.version(), ZeroRows::NoRow, conn);
            self.found.add(index, found);
        }
        self.found.check_conflicts(models.len())?;
        let rows = Rows::unmoved(models, &self.respelled);
        if let Some(index) = Strategy::find_shared(&rows, &self.found.refused, conn) {
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
