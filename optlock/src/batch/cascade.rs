//! Deletes of rows that are deleted along with others, by `ON DELETE CASCADE` or a trigger.

use super::lock::LockAll;
use super::one_by_one::{delete_in_order, find_stale};
use super::rows::Rows;
use super::strategy::{Written, end};
use crate::backend::{Dialect, Phrase};
use crate::error::Error;
use crate::executes::Execute;
use crate::operation::{OfVersion, ReadRow};
use crate::statement::CheckedStatements;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use std::collections::HashSet;

/// The slowest way to delete rows, of each strategy: for rows that the database may delete along with others of
/// them (`ON DELETE CASCADE`), so that some are gone when their turn comes.
///
/// It is asked of the strategy, which follows from the connection: a model that lacks something is then reported
/// with the connection's name.
pub trait DeleteCascading<M: Versioned, C> {
    /// Compares all versions before it deletes the first row, and then looks for an order in which each row
    /// is there when its turn comes.
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>;
}

impl<Strategy, M, C> DeleteCascading<M, C> for Strategy
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_delete_cascading(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_delete_cascading<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    M::lock_all(rows.models(), &Phrase::DeletionLock, true, conn)?;
    let stale = find_stale(rows, conn)?;
    if !stale.is_empty() {
        return Ok(Written::AllBut(stale));
    }
    // A row that is not found any more is not taken for a deleted one: a trigger may have given it another
    // key, or moved it out of its scope. Each must be deleted by its own statement.
    //
    // Each attempt puts the rows that were missed, and so came behind one that takes them along, in front. Then
    // the rows of the top are behind all others, then those of the next level, and so on: there are at most
    // as many attempts as rows. One for most trees, in which those of the top come first: hence in reverse. A
    // row that another one refers to, and which must therefore come later, goes behind all others, once.
    let mut order: Vec<usize> = (0..rows.models().len()).rev().collect();
    let (mut seen, mut postponed) = (HashSet::new(), HashSet::new());
    loop {
        let mut current = 0;
        let rows_in_order = order.iter().copied().inspect(|&row| current = row);
        let mut attempt = Open::atomic(conn)?;
        let written = delete_in_order(rows, rows_in_order, attempt.conn());
        match end(attempt, written) {
            Ok(Written::AllBut(missed)) => {
                if !seen.insert(missed.clone()) || seen.len() > order.len() {
                    return Ok(Written::AllBut(missed));
                }
                let is_missed = |row: &usize| missed.binary_search(row).is_ok();
                let (first, last): (Vec<_>, Vec<_>) = order.into_iter().partition(is_missed);
                order = first.into_iter().rev().chain(last).collect();
            }
            Err(error) if is_refusal(&error) && postponed.insert(current) => {
                order.retain(|&row| row != current);
                order.push(current);
            }
            written => return written,
        }
    }
}

/// Did the database refuse the statement, as it does where another row refers to this one? (SQLite's `ON DELETE
/// RESTRICT` has no kind of its own.)
fn is_refusal(error: &Error) -> bool {
    use DatabaseErrorKind::{ForeignKeyViolation, RestrictViolation, Unknown};
    matches!(
        error,
        Error::Database(DieselError::DatabaseError(
            ForeignKeyViolation | RestrictViolation | Unknown,
            _
        )) if !(error.is_conflict() || error.is_transient())
    )
}
