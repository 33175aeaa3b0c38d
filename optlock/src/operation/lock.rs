//! The row under a lock that keeps other writers away to the end of the transaction; or why it is not locked.

use super::effect::{failed, read_failed};
use super::read::{
    ReadRow, ReadUnversioned, WithVersion, lock_and_read, lock_and_read_unversioned, read,
    read_unversioned,
};
use crate::backend::{Database, Dialect};
use crate::error::{Error, Found, WithoutVersion};
use crate::executes::{Executes, Wire};
use crate::statement::LockMode;
use crate::token::VersionToken as _;

/// Locks the row, and reads it.
pub(crate) async fn lock_row<What, M, X>(
    model: &M,
    conn: &mut Wire<'_, X>,
) -> Result<What::Found, Error>
where
    X: Executes,
    M: ReadRow<What, X>,
    What: WithVersion<M>,
{
    let failed = |error| read_failed::<X::Backend>(model, error);
    let row = lock_and_read::<What, M, _, X>(model, conn).await;
    if let Some(found) = row.map_err(failed)? {
        return Ok(found);
    }
    if !can_hide_from_locks::<X::Backend>() {
        return Err(Error::conflict(model, None));
    }
    let row = read::<What, M, X>(model, LockMode::Update, conn).await;
    let version = row.map_err(failed)?.map(What::READ.into_version);
    Err(match version {
        Some(version) if version == *model.version() => {
            Error::refused(model, Some(version.describe()))
        }
        found => Error::conflict(model, found.map(|version| version.describe())),
    })
}

/// Locks the row of a model without a version, and loads it.
pub(crate) async fn lock_row_unversioned<M, X>(
    model: &M,
    conn: &mut Wire<'_, X>,
) -> Result<M, Error>
where
    X: Executes,
    M: ReadUnversioned<X>,
{
    let named = WithoutVersion(model);
    let failed = |error| failed::<X::Backend>(error, |_| Error::aborted(&named));
    let row = lock_and_read_unversioned(model, conn).await;
    if let Some(row) = row.map_err(failed)? {
        return Ok(row);
    }
    let is_refused = can_hide_from_locks::<X::Backend>() && {
        let row = read_unversioned(model, LockMode::Update, conn).await;
        row.map_err(failed)?.is_some()
    };
    Err(if is_refused {
        Error::refused(&named, None)
    } else {
        Error::conflict_with(&named, Found::Missing)
    })
}

/// Can a role see a row that it cannot lock, and be told of no error? A row-level policy of PostgreSQL has that effect.
fn can_hide_from_locks<DB: Dialect>() -> bool {
    matches!(DB::DATABASE, None | Some(Database::Postgres))
}
