//! Few rows in the order of their keys, where that is known without the database.

use super::facts::{BatchFacts, may_share_a_row};
use crate::backend::{Database, Dialect};
use crate::key_order::KeyOrder;
use diesel::result::QueryResult;
use std::ops::RangeInclusive;

/// So many rows are written by as many statements in no more round trips than by locking them first. A single row takes the
/// statements of many, so that [`testing`](crate::testing), which has one row, checks the columns of a batch.
const FEW: RangeInclusive<usize> = 2..=3;

/// The positions of a few rows on MySQL or MariaDB, in the order of their keys. Each is locked by the statement that writes
/// it, and so in the order in which a batch of many rows locks them (if the columns of the key have that order in the
/// database too).
///
/// Only integers have the order that they have in the database. They are known by their `Debug`. A key type of the user's
/// own that prints other integers than it stores costs two batches a deadlock at worst.
pub(super) fn order_of_few<DB, R>(rows: &R) -> QueryResult<Option<Vec<usize>>>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    let is_asked = DB::DATABASE == Some(Database::Mysql) && FEW.contains(&rows.len());
    if !is_asked || may_share_a_row(rows)? {
        return Ok(None);
    }
    let key = |row| match KeyOrder::of(&rows.named(row).key()) {
        KeyOrder::Integers(integers) => Some((integers, row)),
        KeyOrder::Text(_) => None,
    };
    let keys: Option<Vec<_>> = (0..rows.len()).map(key).collect();
    Ok(keys.map(|mut keys| {
        keys.sort_unstable();
        keys.into_iter().map(|(_, row)| row).collect()
    }))
}
