//! Many rows by few statements, where the database and the model have them.

use super::facts::BatchFacts;
use super::needs::Batches;
use super::strategy::Written;
use super::{arrays, cases};
use crate::error::Error;
use crate::executes::Wire;

/// Writes the rows. Returns nothing, and writes nothing, if only the single statement of each row can.
pub(super) async fn write_together<R, X>(
    rows: &R,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Written>, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    if rows.has_all() {
        arrays::write(rows, conn).await.map(Some)
    } else if rows.expected(&[]).is_some() {
        cases::write(rows, conn).await
    } else {
        Ok(None)
    }
}
