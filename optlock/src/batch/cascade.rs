//! Deletes of rows that are deleted along with others, by `ON DELETE CASCADE` or a trigger.

use super::any_batch::AnyBatch;
use super::explain::Spelling;
use super::lock::lock_all;
use super::needs::Batches;
use super::one_by_one::{Turns, find_stale, write_in_turn};
use super::strategy::{Missed, Written, end};
use crate::backend::Phrase;
use crate::error::Error;
use crate::executes::Wire;
use crate::token::VersionToken;
use crate::transaction::Open;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use std::collections::HashSet;

/// The slowest way to delete rows, of each strategy: for rows that the database may delete along with others of
/// them (`ON DELETE CASCADE`), so that some are gone when their turn comes.
///
/// Compares all versions before it deletes the first row, and then looks for an order in which each row is
/// there when its turn comes.
pub(super) async fn delete_cascading<V, B, X>(
    batch: &mut B,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    let mut spelling = Spelling::of_memory();
    loop {
        let mut transaction = Open::atomic(conn).await?;
        let written = lock_and_delete(&*batch, transaction.wire()).await;
        match end(transaction, written).await? {
            Written::All { .. } => return Ok(()),
            Written::NotAll(missed) => spelling.correct(batch, &missed, conn).await?,
        }
    }
}

async fn lock_and_delete<V, B, X>(batch: &B, conn: &mut Wire<'_, X>) -> Result<Written, Error>
where
    X: Batches,
    V: VersionToken,
    B: AnyBatch<X, V> + ?Sized,
{
    lock_all(batch, &Phrase::DeletionLock, true, conn).await?;
    let stale = find_stale(batch, conn).await?;
    if !stale.is_empty() {
        return Ok(Written::NotAll(Missed::Each(stale)));
    }
    let mut attempts = Attempts::new(batch.len());
    loop {
        let mut turns = Turns::of(attempts.order.clone());
        let mut attempt = Open::atomic(conn).await?;
        let deleted = write_in_turn(batch, &mut turns, attempt.wire()).await;
        let last = turns.last();
        let written = end(attempt, deleted.map(|()| turns.into_written())).await;
        if let Some(written) = attempts.next(written, last) {
            return written;
        }
    }
}

/// The orders in which the rows are deleted, until each is there when its turn comes.
///
/// A row that is not found any more is not taken for a deleted one: a trigger may have given it another
/// key, or moved it out of its scope. Each must be deleted by its own statement.
///
/// Each attempt puts the rows that were missed, and so came behind one that takes them along, in front. Then
/// the rows of the top are behind all others, then those of the next level, and so on: there are at most
/// as many attempts as rows. One for most trees, in which those of the top come first: hence in reverse. A
/// row that another one refers to, and which must therefore come later, goes behind all others, once.
struct Attempts {
    order: Vec<usize>,
    seen: HashSet<Vec<usize>>,
    postponed: HashSet<usize>,
}

impl Attempts {
    fn new(rows: usize) -> Self {
        Self {
            order: (0..rows).rev().collect(),
            seen: HashSet::new(),
            postponed: HashSet::new(),
        }
    }

    /// Prepares the next attempt, after one that came to the row `last`. Returns what became of the rows if
    /// there is none.
    fn next(
        &mut self,
        written: Result<Written, Error>,
        last: usize,
    ) -> Option<Result<Written, Error>> {
        match written {
            Ok(Written::NotAll(Missed::Each(missed))) => {
                if !self.seen.insert(missed.clone()) || self.seen.len() > self.order.len() {
                    return Some(Ok(Written::NotAll(Missed::Each(missed))));
                }
                let is_missed = |row: &usize| missed.binary_search(row).is_ok();
                let (first, behind): (Vec<_>, Vec<_>) =
                    self.order.iter().partition(|row| is_missed(row));
                self.order = first.into_iter().rev().chain(behind).collect();
                None
            }
            Err(error) if is_refusal(&error) && self.postponed.insert(last) => {
                self.order.retain(|&row| row != last);
                self.order.push(last);
                None
            }
            written => Some(written),
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
