//! Few rows in the order of their keys, where that is known without the database.

use super::facts::{BatchFacts, may_share_a_row};
use crate::backend::Dialect;
use diesel::result::QueryResult;
use std::ops::RangeInclusive;

/// So many rows are written by as many statements in no more round trips than by locking them first. (One alone is written as
/// many are: [`testing`](crate::testing) has but one to see by whether a model says its columns rightly.)
const FEW: RangeInclusive<usize> = 2..=3;

/// The positions of a few rows in the order of their keys. Each is locked by the statement that writes it, and so in the
/// order in which a batch of many rows locks them.
///
/// Only integers have the order that they have in the database. They are known by their texts, so that a key type of
/// the user's own, which may print what it likes, has none.
pub(super) fn order_of_few<DB, R>(rows: &R) -> QueryResult<Option<Vec<usize>>>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    if !DB::LOCKS_ROWS || !FEW.contains(&rows.len()) || may_share_a_row(rows)? {
        return Ok(None);
    }
    let key = |row| Some((integers(&rows.named(row).key())?, row));
    let keys: Option<Vec<_>> = (0..rows.len()).map(key).collect();
    Ok(keys.map(|mut keys| {
        keys.sort_unstable();
        keys.into_iter().map(|(_, row)| row).collect()
    }))
}

/// `7` or `(7, 8)`
fn integers(key: &str) -> Option<Vec<i128>> {
    let tuple = key.strip_prefix('(').and_then(|key| key.strip_suffix(')'));
    let parts = tuple.unwrap_or(key).split(", ");
    parts.map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_have_an_order() {
        for (key, expected) in [
            ("7", Some(vec![7])),
            ("-7", Some(vec![-7])),
            ("18446744073709551615", Some(vec![u64::MAX.into()])),
            ("(7, 8)", Some(vec![7, 8])),
            ("", None),
            ("()", None),
            ("(7, true)", None),
            ("UserId(7)", None),
            ("\"7\"", None),
        ] {
            assert_eq!(integers(key), expected, "{key}");
        }
    }
}
