//! A batch missed rows: why?

use super::any_batch::{AnyBatch, RowOf};
use super::needs::Batches;
use super::same_row::find_shared;
use super::saving::Respelled;
use super::strategy::{Missed, failed};
use super::versions::read_versions;
use crate::backend::{Dialect, ErrorClass, classify};
use crate::error::{AnyRow, BatchConflict, ConcurrentModification, Error};
use crate::executes::{RowRead as _, Wire};
use crate::operation::{ZeroRows, is_same, keep_row, look, spelling_of, unread};
use crate::statement::LockMode;
use crate::token::VersionToken;
use diesel::result::{Error as DieselError, QueryResult};
use std::collections::HashMap;
use std::mem;

/// How the rows of a batch spell the versions that they should have, once their writes have missed rows.
pub(super) struct Spelling<V> {
    is_second: bool,
    found: Found<V>,
}

impl<V: VersionToken> Spelling<V> {
    /// The spelling of the versions in memory.
    pub(super) fn of_memory() -> Self {
        Self {
            is_second: false,
            found: Found::nothing(),
        }
    }

    /// Takes the rows' spelling of their versions, once, after a batch that was rolled back: before that, its own
    /// writes would look like another client's.
    ///
    /// Fails with the conflicts; or, if there are none, with the error of the first row that was refused.
    pub(super) async fn correct<B, X>(
        &mut self,
        batch: &mut B,
        missed: &Missed,
        conn: &mut Wire<'_, X>,
    ) -> Result<(), Error>
    where
        X: Batches,
        B: AnyBatch<X, V> + ?Sized,
    {
        let (rows, extent) = match missed {
            Missed::Each(rows) => (rows, Extent::Each),
            Missed::AnyOf(rows) => (rows, Extent::AtLeastOne),
            Missed::Refused(row) => {
                let shared = find_shared(&*batch, &[*row], conn).await;
                let duplicate = shared.map(|row| Error::duplicate_key(batch.named(row)));
                return Err(duplicate.unwrap_or_else(|| refused(batch.named(*row))));
            }
        };
        let newest = match newest_of_all(&*batch, rows, extent, conn).await {
            Ok(newest) => newest,
            // What is sent behind a deadlock, which ends the transaction, would be committed. And rows that may be as they
            // were are no conflicts.
            Err(error)
                if extent == Extent::AtLeastOne || ends_transaction::<X::Backend>(&error) =>
            {
                return Err(failed::<X::Backend>(error));
            }
            Err(error) => {
                for &index in rows {
                    let row = batch.named(index);
                    let unread = unread::<X::Backend>(row, ZeroRows::NoRow, &error);
                    let unread = keep_row(unread, conn, || batch.row_lock(index));
                    self.found.add(index, Err(unread));
                }
                return self.found.check_conflicts(batch.len());
            }
        };
        for &index in rows {
            let missed = batch.in_memory(index);
            let spelling = match &newest {
                Some(newest) => spelling_among(newest, &*batch, index),
                None => {
                    let mut row = RowOf::new(&*batch, index);
                    let looked = look(&mut row, missed, ZeroRows::NoRow, conn).await;
                    looked.and_then(|()| spelling_of(batch.named(index), missed, row.found()))
                }
            };
            let row_lock = || batch.row_lock(index);
            let spelling = spelling.map_err(|error| keep_row(error, conn, row_lock));
            if extent == Extent::Each || !matches!(spelling, Err(Error::Refused { .. })) {
                self.found.add(index, spelling);
            }
        }
        self.found.check_conflicts(batch.len())?;
        if extent == Extent::AtLeastOne && self.found.is_empty() {
            return Err(refused(batch.named(rows[0])));
        }
        if let Some(index) = find_shared(&*batch, &self.found.refused, conn).await {
            return Err(Error::duplicate_key(batch.named(index)));
        }
        match self.take()? {
            Some(respelled) => {
                batch.respell(respelled);
                Ok(())
            }
            None => Err(refused(batch.named(rows[0]))),
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

/// How many of the rows that are looked at were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Each,
    AtLeastOne,
}

/// The versions of rows, by their index in the slice: that of each row that has the key.
type Versions<V> = HashMap<usize, Vec<V>>;

/// The version of a row, if it is that in memory in another spelling.
fn spelling_among<V, B, X>(newest: &Versions<V>, batch: &B, index: usize) -> Result<V, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let missed = batch.in_memory(index);
    let row = batch.named(index);
    match newest.get(&index).map_or(&[][..], Vec::as_slice) {
        [found] if is_same(found, missed) => Err(refused(row)),
        several @ [_, _, ..] if several.contains(missed) => {
            Err(Error::key_not_unique(row, several.len()))
        }
        found => spelling_of(row, missed, found.first()),
    }
}

fn ends_transaction<DB: Dialect>(error: &DieselError) -> bool {
    let class = classify(error, DB::DATABASE);
    matches!(class, ErrorClass::Conflict | ErrorClass::ConnectionLost)
}

/// Reads the versions of rows as the writes saw them. Returns nothing if each is to be read by itself.
///
/// In a transaction the read locks where it could else return an old snapshot. Outside of a transaction the batch has ended
/// its own, and a plain read has a new snapshot, so nothing is locked that the winner still needs. Only if the versions
/// contradict the writes, as those of a replica can, the read is repeated with a lock.
async fn newest_of_all<V, B, X>(
    batch: &B,
    rows: &[usize],
    extent: Extent,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<Versions<V>>>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    // A single row has a statement of its own, which is prepared. Where two rows have the key, that returns one of them.
    if extent == Extent::Each && rows.len() == 1 {
        return Ok(None);
    }
    let mut lock = match conn.depth() {
        Some(_) if X::Backend::PLAIN_READ_MAY_BE_OLD => LockMode::Share,
        _ => LockMode::Plain,
    };
    loop {
        let Some(found) = read_versions(batch, rows, lock, conn).await? else {
            return Ok(None);
        };
        let mut newest = Versions::with_capacity(rows.len());
        for (position, version) in found {
            let index = usize::try_from(position).unwrap_or(usize::MAX);
            newest.entry(index).or_default().push(version);
        }
        let is_unmoved = |&&index: &&usize| {
            let spelling = spelling_among(&newest, batch, index);
            matches!(spelling, Err(Error::Refused { .. }))
        };
        let unmoved = rows.iter().filter(is_unmoved).count();
        let is_old = unmoved == rows.len() || (extent == Extent::Each && unmoved > 0);
        if !is_old || !X::Backend::PLAIN_READ_MAY_BE_OLD || lock == LockMode::Share {
            return Ok(Some(newest));
        }
        lock = LockMode::Share;
    }
}

/// The error of a row that was not written although it has the expected version.
pub(super) fn refused(row: &dyn AnyRow) -> Error {
    Error::refused(row, row.version())
}

/// What the rows that were not written have instead.
struct Found<V> {
    /// The expected version in another spelling.
    respelled: Respelled<V>,
    conflicts: Vec<(usize, ConcurrentModification)>,
    /// Rows that have the expected version, or could not be read.
    refused: Vec<usize>,
    /// The error of the first refused row.
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

    /// Has each row the expected version, as it is in memory?
    fn is_empty(&self) -> bool {
        self.respelled.is_empty() && self.refusal.is_none()
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
