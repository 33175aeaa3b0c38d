//! A checked write of one row: sent, and explained if it matched no row. Whatever its model, so that it is compiled
//! once for a blocking connection.

use super::effect::{Effect, Saved, effect_of, may_have_landed, still_there};
use super::explain::look;
use super::generated::{adopt_returned, write_and_read};
use super::lost_row::keep_row;
use crate::backend::Dialect as _;
use crate::error::Error;
use crate::executes::{Executes, NextVersion, RowWrite, Wire};
use crate::token::VersionToken;

/// Writes the row at the version in memory, or else in the row's spelling of it. Returns nothing if the row has
/// another version ([`RowRead::found`](crate::executes::RowRead::found)).
pub(crate) async fn write<V, R, X>(
    row: &mut R,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Saved>, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    if !row.has_changes() {
        return Ok(Some(Saved::NothingChanged));
    }
    let mut expected = row.in_memory();
    let mut is_respelled = false;
    loop {
        let zero_rows = match write_once(row, &expected, conn).await {
            Ok(Ok(saved)) => return Ok(Some(saved)),
            Ok(Err(zero_rows)) => zero_rows,
            Err(error) => return Err(keep_row(error, conn, || row.row_lock())),
        };
        if let Err(error) = look(row, &expected, zero_rows, conn).await {
            return Err(keep_row(error, conn, || row.row_lock()));
        }
        expected = match row.found() {
            Some(version) if *version == expected => version.clone(),
            _ => return Ok(None),
        };
        if is_respelled {
            return Err(still_there(row.named(), expected.describe(), zero_rows));
        }
        is_respelled = true;
    }
}

/// A [`write`] that fails with the conflict if the row has another version, unless there is something else to write
/// then.
pub(crate) async fn write_or_fail<V, R, X>(
    row: &mut R,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    loop {
        match write(row, conn).await? {
            Some(saved) => return Ok(saved),
            None => {
                let next = row.after_conflict();
                next.map_err(|error| keep_row(error, conn, || row.row_lock()))?;
            }
        }
    }
}

/// Writes the row at the version `expected`.
pub(super) async fn write_once<V, R, X>(row: &mut R, expected: &V, conn: &mut Wire<'_, X>) -> Effect
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    if row.next_version() == NextVersion::Read {
        // In a box, so that it takes no room in the futures of all other writes.
        return Box::pin(write_and_read(row, expected, conn)).await;
    }
    send(row, expected, conn).await
}

/// Sends the write.
pub(super) async fn send<V, R, X>(row: &mut R, expected: &V, conn: &mut Wire<'_, X>) -> Effect
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let in_transaction = conn.depth().is_some();
    let result = row.write(expected, conn)?.await;
    // The version after it is in memory alone, until it is put back.
    let sent = match &result {
        Err(error) if may_have_landed::<X::Backend>(error, in_transaction) => {
            row.lost_write(expected)
        }
        _ => None,
    };
    if X::Backend::RETURNS_WRITTEN && row.next_version() == NextVersion::Returned {
        if let Err(error) = adopt_returned(row, expected, &result) {
            row.settle(false);
            return Err(error);
        }
    }
    // Before an error is made, which names the version in memory.
    row.settle(matches!(result, Ok(1)));
    effect_of::<X::Backend>(result, row.named(), sent, in_transaction)
}
