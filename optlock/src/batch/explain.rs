//! A batch missed rows: why?

use super::any_batch::{AnyBatch, RowOf};
use super::needs::Batches;
use super::same_row::find_shared;
use super::saving::Respelled;
use super::strategy::{Written, failed};
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
        let (rows, is_each_missed) = match written {
            Written::AllBut(missed) => (&missed[..], true),
            Written::NotAll(some) => (&some[..], false),
            Written::All { .. } => (&[][..], true),
            Written::Refused(index) => {
                self.found.add(*index, Err(refused(batch.named(*index))));
                (&[][..], true)
            }
        };
        let newest = match newest_of_all(&*batch, rows, is_each_missed, conn).await {
            Ok(newest) => newest,
            // What is sent behind a deadlock, which ends the transaction, would be committed. And rows that may be as they
            // were are no conflicts.
            Err(error) if !is_each_missed || ends_transaction::<X::Backend>(&error) => {
                return Err(failed::<X::Backend>(error));
            }
            Err(error) => {
                for &index in rows {
                    let row = batch.named(index);
                    let unread = unread::<X::Backend>(row, ZeroRows::NoRow, &error);
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
            if is_each_missed || !matches!(spelling, Err(Error::Refused { .. })) {
                self.found.add(index, spelling);
            }
        }
        self.found.check_conflicts(batch.len())?;
        if !is_each_missed && self.found.is_empty() {
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
/// In a transaction the read locks where it could else return an old snapshot. Outside of one the batch has ended its own, and
/// a read begins with a new snapshot: it locks nothing that another client, who has won, still needs. Only if what it
/// returns contradicts the writes, as that of a replica can, it is repeated with a lock.
async fn newest_of_all<V, B, X>(
    batch: &B,
    rows: &[usize],
    is_each_missed: bool,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<Versions<V>>>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    // One row has a statement of its own, which is prepared. It returns one of two rows that have the key.
    if rows.is_empty() || (is_each_missed && rows.len() == 1) {
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
        let is_old = unmoved == rows.len() || (is_each_missed && unmoved > 0);
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
