//! The strategy that fits each model and each database: the single statement, prepared once, for each
//! row, after the rows are locked in the order of their keys.

use super::lock::LockAll;
use super::rows::Rows;
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Dialect, Phrase};
use crate::error::{AnyRow, Error};
use crate::executes::Execute;
use crate::operation::{OfVersion, ReadRow};
use crate::statement::CheckedStatements;
use crate::token::VersionToken;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};

/// One statement for each row: that of a single save, which is prepared once. The rows are locked
/// first, in the order of their keys, by as few statements as the number of binds allows. If two rows
/// of the batch can be one to the database, the version of each is read before the first is written.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

#[diagnostic::do_not_recommend]
impl<M, C> SaveMany<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    fn save_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_save(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_save<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    let looks = M::may_share_a_row(rows)?;
    M::lock_all(rows, &Phrase::ExclusiveLock, looks, conn)?;
    // The first of two keys of one row would make the version that the second expects.
    let stale = if looks {
        find_stale(rows, conn)?
    } else {
        Vec::new()
    };
    let mut turns = Turns::stale_first(stale, rows.len());
    while let Some(row) = turns.next() {
        let (model, expected) = rows.get(row);
        let result = model.checked_update(expected.clone()).send_update(conn);
        turns.add::<C::Backend>(model, result)?;
    }
    Ok(turns.into_written())
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteMany<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    fn delete_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_delete(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_delete<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    M::lock_all(rows, &Phrase::DeletionLock, false, conn)?;
    let mut turns = Turns::of((0..rows.len()).collect());
    delete_in_turn(rows, &mut turns, conn)?;
    Ok(turns.into_written())
}

/// Which rows do not have the expected version, in its spelling? Asked of rows that are locked.
pub(super) fn find_stale<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    let mut stale = Vec::new();
    for row in 0..rows.len() {
        let (model, expected) = rows.get(row);
        let found = model.newest_row(&|_| false, conn);
        if !is_spelled(found.map_err(failed::<C::Backend>)?, expected) {
            stale.push(row);
        }
    }
    Ok(stale)
}

/// Is what was found the expected version, in its spelling?
fn is_spelled<V: VersionToken>(found: Option<V>, expected: &V) -> bool {
    found.is_some_and(|found| found == *expected && found.is_same_text(expected))
}

pub(super) fn delete_in_turn<M, C>(
    rows: &Rows<'_, M>,
    turns: &mut Turns,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    while let Some(row) = turns.next() {
        let (model, expected) = rows.get(row);
        let result = model.checked_delete(expected.clone()).send(conn);
        turns.add::<C::Backend>(model, result)?;
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
            Written::AllBut(self.missed)
        }
    }
}
