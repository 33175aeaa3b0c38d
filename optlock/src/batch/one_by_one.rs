//! The strategy that fits each model and each database: the single statement, prepared once, for each
//! row, after the rows are locked in the order of their keys; or, of a few rows, in that order.

use super::any_batch::{AnyBatch, RowOf};
use super::facts::may_share_a_row;
use super::lock::lock_all;
use super::needs::Batches;
use super::order::order_of_few;
use super::strategy::{DeleteMany, Missed, SaveMany, Writes, Written, end, failed};
use crate::backend::{Dialect, Phrase};
use crate::error::{AnyRow, Error};
use crate::executes::{RowRead as _, Wire};
use crate::operation::{check_generated, is_same, newest};
use crate::statement::LockMode;
use crate::token::VersionToken;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};

/// One statement for each row: that of a single save, which is prepared once. The rows are locked
/// first, in the order of their keys, by as few statements as the number of binds allows. If two rows
/// of the batch can be one to the database, the version of each is read before the first is written.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

impl<M: Versioned, DB: Backend> Writes<M, DB> for OneByOne {}

#[diagnostic::do_not_recommend]
impl<M: Versioned, DB: Backend> SaveMany<M, DB> for OneByOne {
    type Writes = Self;
}

#[diagnostic::do_not_recommend]
impl<M: Versioned, DB: Backend> DeleteMany<M, DB> for OneByOne {
    type Writes = Self;
}

/// Writes the rows. `made` is the version of each, by its position, if the database makes them.
pub(super) async fn write<V, B, X>(
    batch: &B,
    made: &mut Vec<(usize, V)>,
    conn: &mut Wire<'_, X>,
) -> Result<Written, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let mut transaction = Open::atomic(conn).await?;
    let mut written = lock_and_write(batch, transaction.wire()).await;
    if batch.is_generated() {
        if let Ok(all @ Written::All { .. }) = &written {
            let read = read_back(batch, all, made, transaction.wire()).await;
            written = read.and(written);
        }
    }
    end(transaction, written).await
}

async fn lock_and_write<V, B, X>(batch: &B, conn: &mut Wire<'_, X>) -> Result<Written, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    if let Some(order) = order_of_few(batch).map_err(failed::<X::Backend>)? {
        let mut turns = Turns::of(order);
        write_in_turn(batch, &mut turns, conn).await?;
        return Ok(turns.into_written());
    }
    let mut stale = Vec::new();
    if batch.deletes() {
        lock_all(batch, &Phrase::DeletionLock, false, conn).await?;
    } else {
        let looks = may_share_a_row(batch)?;
        lock_all(batch, &Phrase::ExclusiveLock, looks, conn).await?;
        if looks {
            // The first of two keys of one row would make the version that the second expects.
            stale = find_stale(batch, conn).await?;
        }
    }
    let mut turns = Turns::stale_first(stale, batch.len());
    write_in_turn(batch, &mut turns, conn).await?;
    Ok(turns.into_written())
}

/// Reads the versions that the rows have now. They are locked, so that these are of the writes of this batch.
async fn read_back<V, B, X>(
    batch: &B,
    written: &Written,
    made: &mut Vec<(usize, V)>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    for row in (0..batch.len()).filter(|&row| written.has(row)) {
        let mut row_of = RowOf::new(batch, row);
        let read = row_of.read(LockMode::Written, conn).await;
        read.map_err(failed::<X::Backend>)?;
        check_generated(
            batch.named(row),
            batch.expected_version(row),
            row_of.found(),
        )?;
        made.extend(row_of.into_found().map(|version| (row, version)));
    }
    Ok(())
}

/// Which rows do not have the expected version, in its spelling? Asked of rows that are locked.
pub(super) async fn find_stale<V, B, X>(
    batch: &B,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<usize>, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let mut stale = Vec::new();
    for row in 0..batch.len() {
        let mut row_of = RowOf::new(batch, row);
        let read = newest(&mut row_of, is_as_locked, conn).await;
        read.map_err(failed::<X::Backend>)?;
        let expected = batch.expected_version(row);
        if !row_of.found().is_some_and(|found| is_same(found, expected)) {
            stale.push(row);
        }
    }
    Ok(stale)
}

/// The row is locked, so that what a read returns is not old.
fn is_as_locked<V>(_version: Option<&V>) -> bool {
    false
}

pub(super) async fn write_in_turn<V, B, X>(
    batch: &B,
    turns: &mut Turns,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches,
    B: AnyBatch<X, V> + ?Sized,
{
    while let Some(row) = turns.next() {
        let result = batch.write(row, conn).await;
        turns.add::<X::Backend>(batch.named(row), result)?;
    }
    Ok(())
}

/// Whose turn it is to be written, and what the statements of those before it did.
pub(super) struct Turns {
    order: Vec<usize>,
    /// So many of them, the first, are stale.
    stale: usize,
    /// So many of them had their turn.
    begun: usize,
    missed: Vec<usize>,
    /// Those for which there was nothing to send.
    unsent: Vec<usize>,
}

impl Turns {
    /// The rows at these positions, in this order.
    pub(super) fn of(order: Vec<usize>) -> Self {
        Self {
            order,
            stale: 0,
            begun: 0,
            missed: Vec::new(),
            unsent: Vec::new(),
        }
    }

    /// All rows, of which these, in ascending order, do not have the expected version: the others come behind
    /// them, and only if none of them is missed. (A row with nothing to send is no conflict, and only its
    /// statement says that it is one.)
    fn stale_first(stale: Vec<usize>, rows: usize) -> Self {
        let is_other = |row: &usize| stale.binary_search(row).is_err();
        let mut order = Vec::with_capacity(rows);
        order.extend_from_slice(&stale);
        order.extend((0..rows).filter(is_other));
        Self {
            stale: stale.len(),
            ..Self::of(order)
        }
    }

    /// The row whose turn it is.
    fn next(&mut self) -> Option<usize> {
        if self.begun == self.stale && !self.missed.is_empty() {
            return None;
        }
        let row = *self.order.get(self.begun)?;
        self.begun += 1;
        Some(row)
    }

    /// The row that had its turn last.
    pub(super) fn last(&self) -> usize {
        self.order[self.begun - 1]
    }

    /// Adds what the statement of that row did, by its result.
    fn add<DB: Dialect>(
        &mut self,
        row: &dyn AnyRow,
        result: QueryResult<usize>,
    ) -> Result<(), Error> {
        let is_stale = self.begun <= self.stale;
        match result {
            Ok(1) if !is_stale => {}
            Ok(0 | 1) => self.missed.push(self.last()),
            Ok(rows) => return Err(Error::key_not_unique(row, rows)),
            Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {
                self.unsent.push(self.last());
            }
            Err(error) => return Err(failed::<DB>(error)),
        }
        Ok(())
    }

    pub(super) fn into_written(mut self) -> Written {
        self.missed.sort_unstable();
        self.unsent.sort_unstable();
        if self.missed.is_empty() {
            Written::All {
                unsent: self.unsent,
            }
        } else {
            Written::NotAll(Missed::Each(self.missed))
        }
    }
}
