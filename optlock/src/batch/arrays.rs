//! One statement for any number of rows, which returns those that it has not written.

use super::facts::BatchFacts;
use super::needs::Batches;
use super::strategy::{Missed, Written, end, failed};
use crate::backend::{Dialect, ErrorClass, classify};
use crate::error::{Error, Lost};
use crate::executes::{Answer, Wire};
use crate::transaction::Open;
use diesel::result::{Error as DieselError, QueryResult};

/// Sends the statement; in a savepoint, if a transaction is open, because an error would make it useless.
pub(super) async fn write<R, X>(rows: &R, conn: &mut Wire<'_, X>) -> Result<Written, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    if conn.depth().is_none() {
        return match send(rows, conn).await {
            Err(error) if classify(&error, X::Backend::DATABASE) == ErrorClass::ConnectionLost => {
                Err(Error::OutcomeUnknown(Lost::unknown(error)))
            }
            result => read(result, rows),
        };
    }
    let mut transaction = Open::atomic(conn).await?;
    let result = send(rows, transaction.wire()).await;
    end(transaction, read(result, rows)).await
}

fn send<'w, R, X>(rows: &'w R, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, Vec<(i64, i64)>>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    conn.fetch_all::<X::Mismatches, _>(rows.write_all())
}

/// Reads what the statement returns: the position of each row that has no match, or several, with their
/// number.
fn read<DB, R>(result: QueryResult<Vec<(i64, i64)>>, rows: &R) -> Result<Written, Error>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    let mismatches = match result {
        Ok(mismatches) => mismatches,
        Err(error) => {
            return match row_not_written(&error) {
                Some(row) if row < rows.len() => Ok(Written::NotAll(Missed::Refused(row))),
                _ => Err(failed::<DB>(error)),
            };
        }
    };
    let mut missed = Vec::with_capacity(mismatches.len());
    for (position, matches) in mismatches {
        let position = usize::try_from(position).unwrap_or_default();
        match usize::try_from(matches).unwrap_or_default() {
            0 => missed.push(position),
            several => return Err(Error::key_not_unique(rows.named(position), several)),
        }
    }
    Ok(Written::all_but(missed))
}

/// What the statement raises, with the position of a row behind it, when the database has written
/// some of the rows and not all, although all match: a trigger or a policy has kept it from doing so.
/// PostgreSQL lets a query raise an error only by an operation that fails. This one is a text that is no
/// number, because the text stands in the message, in whatever language that is.
pub(super) const NOT_WRITTEN: &str = "optlock: not written: row ";

/// Is it that error, and of which row?
fn row_not_written(error: &DieselError) -> Option<usize> {
    let DieselError::DatabaseError(_, information) = error else {
        return None;
    };
    let (_, row) = information.message().split_once(NOT_WRITTEN)?;
    let digits = row.find(|c: char| !c.is_ascii_digit()).unwrap_or(row.len());
    row[..digits].parse().ok()
}
