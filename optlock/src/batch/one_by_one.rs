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
use crate::token::VersionToken as _;
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
    // Two scopes can be one to a collation, as two keys can.
    let looks = M::may_share_a_row()? || rows.scope().is_none();
    M::lock_all(rows.models(), &Phrase::ExclusiveLock, looks, conn)?;
    // The first of two keys of one row would make the version that the second expects.
    let stale = if looks {
        find_stale(rows, conn)?
    } else {
        Vec::new()
    };
    let mut tally = Tally::default();
    for &row in &stale {
        // A row with nothing to send is no conflict, and only its statement says that it is one.
        match save_row(rows, row, conn)? {
            RowEffect::Unsent => tally.unsent.push(row),
            RowEffect::Written | RowEffect::Missed => tally.missed.push(row),
        }
    }
    if tally.missed.is_empty() {
        let is_left = |row: &usize| stale.binary_search(row).is_err();
        for row in (0..rows.models().len()).filter(is_left) {
            tally.add(row, save_row(rows, row, conn)?);
        }
    }
    Ok(tally.into_written())
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
    M::lock_all(rows.models(), &Phrase::DeletionLock, false, conn)?;
    delete_in_order(rows, 0..rows.models().len(), conn)
}

/// Which rows do not have the expected version, in its spelling? Asked of rows that are locked.
pub(super) fn find_stale<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
{
    let mut stale = Vec::new();
    for (position, (model, expected)) in rows.iter().enumerate() {
        let found = model.newest_row(&|_| false, conn);
        let found = found.map_err(failed::<C::Backend>)?;
        let is_expected = |found: &M::Version| found == expected && found.is_same_text(expected);
        if !found.as_ref().is_some_and(is_expected) {
            stale.push(position);
        }
    }
    Ok(stale)
}

pub(super) fn delete_in_order<M, C>(
    rows: &Rows<'_, M>,
    order: impl Iterator<Item = usize>,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    let mut tally = Tally::default();
    for row in order {
        tally.add(row, delete_row(rows, row, conn)?);
    }
    Ok(tally.into_written())
}

/// What the statement of a row did.
enum RowEffect {
    Written,
    Missed,
    /// There was nothing to send.
    Unsent,
}

fn save_row<M, C>(rows: &Rows<'_, M>, row: usize, conn: &mut C) -> Result<RowEffect, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    let (model, expected) = rows.get(row);
    let result = model.checked_update(expected.clone()).send_update(conn);
    row_effect::<C::Backend>(model, result)
}

fn delete_row<M, C>(rows: &Rows<'_, M>, row: usize, conn: &mut C) -> Result<RowEffect, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    let (model, expected) = rows.get(row);
    let result = model.checked_delete(expected.clone()).send(conn);
    row_effect::<C::Backend>(model, result)
}

/// The effect of the statement of `model`, by its result.
fn row_effect<DB: Dialect>(
    row: &dyn AnyRow,
    result: QueryResult<usize>,
) -> Result<RowEffect, Error> {
    match result {
        Ok(1) => Ok(RowEffect::Written),
        Ok(0) => Ok(RowEffect::Missed),
        Ok(rows) => Err(Error::key_not_unique(row, rows)),
        Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {
            Ok(RowEffect::Unsent)
        }
        Err(error) => Err(failed::<DB>(error)),
    }
}

/// The rows that were not written.
#[derive(Default)]
struct Tally {
    missed: Vec<usize>,
    unsent: Vec<usize>,
}

impl Tally {
    fn add(&mut self, row: usize, effect: RowEffect) {
        match effect {
            RowEffect::Written => {}
            RowEffect::Missed => self.missed.push(row),
            RowEffect::Unsent => self.unsent.push(row),
        }
    }

    fn into_written(mut self) -> Written {
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
