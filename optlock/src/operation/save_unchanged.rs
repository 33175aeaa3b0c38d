//! A save without a version: lock, compare, write.

use super::effect::failed;
use super::lock::lock_row_unversioned;
use super::lost_row::keep_row;
use super::needs::SavedUnchangedOn;
use super::read::read_unversioned;
use crate::backend::Dialect as _;
use crate::diff::{Change, Diff};
use crate::error::{Error, Found, WithoutVersion};
use crate::executes::{Executes, Wire};
use crate::statement::{LockMode, WrittenColumns};
use crate::transaction::Open;

/// Saves the columns of the fields that are marked in `changed`, if the row still is what `base` is.
/// Shows `follow` the row as it is then, before the transaction is committed: if `follow` panics, all is
/// rolled back.
pub(crate) async fn save_unchanged<M, X>(
    model: &M,
    base: &M,
    changed: Vec<bool>,
    follow: &mut impl FnMut(&M),
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: Diff + SavedUnchangedOn<X>,
{
    // Compared with what another row was, the row could look unchanged.
    if base.key() != model.key() || base.scope() != model.scope() {
        let fields = M::FIELDS.iter().collect();
        return Err(Error::conflict_with(
            &WithoutVersion(model),
            Found::Changed { fields },
        ));
    }
    let mut open = Open::atomic(conn).await?;
    let saved = save_locked(model, base, changed, follow, open.wire()).await;
    open.close(saved.is_ok()).await?;
    drop(open);
    saved.map_err(|error| keep_row(error, conn, || Some(model.row_lock())))
}

async fn save_locked<M, X>(
    model: &M,
    base: &M,
    changed: Vec<bool>,
    follow: &mut impl FnMut(&M),
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: Diff + SavedUnchangedOn<X>,
{
    let named = WithoutVersion(model);
    let conflict = |found| Error::conflict_with(&named, found);
    let refused = || Error::refused(&named, None);
    let failed = |error| failed::<X::Backend>(error, |_| Error::aborted(&named));
    let row = lock_row_unversioned(model, conn).await?;
    let fields: Vec<_> = base.diff(&row).iter().map(Change::field).collect();
    if !fields.is_empty() {
        return Err(conflict(Found::Changed { fields }));
    }
    // Of an embedded struct all columns are written: those that have not changed, or are
    // ignored, as they are.
    let mut written = row;
    for (field, _) in changed.iter().enumerate().filter(|(_, changed)| **changed) {
        written.take_field(model, field);
    }
    let update = written.update_row(WrittenColumns::new::<M>(changed));
    let rows = conn.execute(update).await.map_err(failed)?;
    match rows {
        0 if !X::Backend::MAY_COUNT_CHANGES => return Err(refused()),
        0 | 1 => {}
        rows => return Err(Error::key_not_unique(&named, rows)),
    }
    // A column may hold less than what was written into it, and a trigger may have changed
    // another one. Taken for what another client has done, it would be a false conflict later.
    // (On MySQL and MariaDB with the lock: an update that changes nothing writes nothing that a
    // plain read would show.) If the save, or a trigger, has moved the row out of the scope or away, it was
    // saved all the same.
    let row = read_unversioned(&written, LockMode::Update, conn).await;
    let row = row.map_err(failed)?;
    // The update found the row as it writes it, or a trigger wrote the old values again: if it is there, it was saved.
    if rows == 0 && row.is_none() {
        return Err(refused());
    }
    follow(row.as_ref().unwrap_or(&written));
    Ok(())
}
