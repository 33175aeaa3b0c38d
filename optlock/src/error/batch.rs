//! Another client's writes came before a batch.

use super::{ConcurrentModification, Error};
use std::fmt;

/// Some rows of a batch were changed or deleted since their values were loaded, so that the batch was rolled
/// back, and none of it was written. (A table without transactions keeps what was written before, see
/// [`VersionedSliceDsl`](crate::VersionedSliceDsl).)
///
/// [`with_key`](Self::with_key) names at most three of them, so that a large batch does not flood the log;
/// and as in [`ConcurrentModification`] the key and the two versions, and no other value. `Display` names
/// no row, because it is the source of an [`Error`](crate::Error), which has named them.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::{Error, Found};
///
/// let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// # diesel::delete(contacts::table.find(2)).execute(conn)?;
/// // .. another client deletes Bob ..
/// let Err(Error::BatchConflict(conflict)) = all.save_all_checked(conn) else {
///     panic!("Bob is gone")
/// };
/// let [(index, bob)] = conflict.conflicts() else { panic!("only Bob is gone") };
/// assert_eq!((*index, bob.key(), bob.found()), (1, "2", &Found::Missing));
/// assert_eq!(
///     conflict.with_key(),
///     "conflict in 1 of 2 rows, so the batch was given up: \
///      contacts 2 is gone: expected version 1, found no row"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchConflict {
    rows: usize,
    conflicts: Vec<(usize, ConcurrentModification)>,
}

/// How many conflicts a message names.
const NAMED: usize = 3;

impl BatchConflict {
    pub(crate) fn new(rows: usize, conflicts: Vec<(usize, ConcurrentModification)>) -> Self {
        Self { rows, conflicts }
    }

    /// How many rows the batch has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Each row that another client has changed or deleted: its index in the slice, and its conflict. All of
    /// them, in the order of the slice.
    pub fn conflicts(&self) -> &[(usize, ConcurrentModification)] {
        &self.conflicts
    }

    /// Is any of these rows older than expected ([`Found::Older`](crate::Found::Older))? Another one may be a conflict.
    pub fn is_behind(&self) -> bool {
        self.conflicts.iter().any(|(_, row)| row.is_behind())
    }

    /// Is any of these rows a conflict, and not only older than expected?
    pub(crate) fn is_conflict(&self) -> bool {
        self.conflicts.iter().any(|(_, row)| !row.is_behind())
    }

    pub(crate) fn into_conflicts(self) -> Vec<(usize, ConcurrentModification)> {
        self.conflicts
    }

    /// The conflict of a batch of one row.
    pub(crate) fn into_only(mut self) -> Error {
        match self.conflicts.pop() {
            Some((_, conflict)) if self.conflicts.is_empty() => conflict.into(),
            last => {
                self.conflicts.extend(last);
                self.into()
            }
        }
    }

    /// What the [`Error`](crate::Error) prints: how many rows, and the first three of them.
    pub fn with_key(&self) -> String {
        self.message(ConcurrentModification::with_key)
    }

    /// The same message without the keys.
    pub fn without_key(&self) -> String {
        self.message(ConcurrentModification::without_key)
    }

    fn message(&self, text: impl Fn(&ConcurrentModification) -> String) -> String {
        let (conflicts, rows) = (self.conflicts.len(), self.rows);
        let first = self.conflicts.iter().take(NAMED);
        let named: Vec<_> = first.map(|(_, conflict)| text(conflict)).collect();
        let more = match conflicts.saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let named = named.join("; ");
        format!("conflict in {conflicts} of {rows} rows, so the batch was given up: {named}{more}")
    }
}

impl std::error::Error for BatchConflict {}

impl fmt::Display for BatchConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("other clients changed or deleted rows of the batch first")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Found;

    fn batch(conflicts: usize) -> BatchConflict {
        let conflict = |index: usize| {
            let conflict = ConcurrentModification::new(
                "contacts",
                index.to_string(),
                Some(1.into()),
                Found::Missing,
            );
            (index, conflict)
        };
        BatchConflict::new(10_000, (0..conflicts).map(conflict).collect())
    }

    #[test]
    fn a_message_names_three_rows_and_counts_the_others() {
        let three = "contacts 0 is gone: expected version 1, found no row; \
                     contacts 1 is gone: expected version 1, found no row; \
                     contacts 2 is gone: expected version 1, found no row";
        assert_eq!(
            batch(3).with_key(),
            format!("conflict in 3 of 10000 rows, so the batch was given up: {three}")
        );
        assert_eq!(
            batch(5000).with_key(),
            format!(
                "conflict in 5000 of 10000 rows, so the batch was given up: {three}; and 4997 more"
            )
        );
    }

    #[test]
    fn a_message_without_keys_has_none() {
        assert_eq!(
            batch(1).without_key(),
            "conflict in 1 of 10000 rows, so the batch was given up: \
             a row of contacts is gone: expected version 1, found no row"
        );
    }
}
