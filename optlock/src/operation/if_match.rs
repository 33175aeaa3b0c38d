//! A write at one of the versions that a client names: `save_if_match`, `touch_if_match` and `delete_if_match`.

use super::delete::{AtVersion, ByForce, Deletion, delete_by_force};
use super::effect::{Saved, read_failed};
use super::explain::look;
use super::force::{Locked, force_write, lock_in_transaction, version_to_write};
use super::moving::Moving;
use super::needs::{DeletedByForceOn, DeletedOn, SavedOn, TouchedOn};
use super::read::{OfVersion, lock_and_read};
use super::save::{AllColumns, Save};
use super::touch::VersionAlone;
use super::write::write_once;
use crate::error::{AnyRow, Error, LostWrite};
use crate::executes::{Answer, Executes, NextVersion, RowRead, RowWrite, Wire};
use crate::statement::LockMode;
use crate::token::{VersionToken, VersionValue};
use std::marker::PhantomData;

/// The versions of a row at which a write is admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Admitted<V> {
    /// Any version: there must be a row.
    Any,
    /// These. If there are none, nothing is written.
    OneOf(Vec<V>),
}

impl<V: VersionToken> Admitted<V> {
    /// The version that an error names as the expected one.
    fn expected(&self) -> Option<VersionValue> {
        match self {
            Self::OneOf(versions) if versions.len() == 1 => Some(versions[0].describe()),
            _ => None,
        }
    }

    /// Is the version of the row read before the write, which chooses by it?
    fn is_chosen(&self) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.len() > 1,
        }
    }

    fn admits(&self, version: &V) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(version),
        }
    }

    /// The error for a row that has none of the versions, or is not there.
    fn refusal(&self, row: &dyn AnyRow, found: Option<&V>) -> Error {
        match (self, found) {
            (Self::OneOf(versions), Some(_)) if versions.is_empty() => {
                Error::precondition_failed(row)
            }
            (_, found) => Error::conflict(row, found.map(VersionToken::describe)),
        }
    }
}

/// Saves the value if the row has an admitted version. If the value changes nothing, the version of the row
/// is checked all the same.
pub(crate) async fn save_if<M, X>(
    model: &mut M,
    admitted: Admitted<M::Version>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    let locked = if admitted.is_chosen() && model.has_changes() {
        lock_in_transaction(model, conn).await?
    } else {
        None
    };
    let mut nobody = |_: &M| {};
    let mut row = Save::new(model, &mut nobody, AllColumns::new());
    write_if(X::row(&mut row), &admitted, locked, conn).await
}

/// Advances the version of the row if it is an admitted one.
pub(crate) async fn touch_if<M, X>(
    model: &mut M,
    admitted: Admitted<M::Version>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    let locked = if admitted.is_chosen() {
        lock_in_transaction(model, conn).await?
    } else {
        None
    };
    let mut nobody = |_: &M| {};
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, &mut nobody, VersionAlone);
    write_if(X::row(&mut row), &admitted, locked, conn).await
}

/// Deletes the row if it has an admitted version.
pub(crate) async fn delete_if<M, X>(
    model: &M,
    admitted: Admitted<M::Version>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: DeletedOn<X> + DeletedByForceOn<X>,
{
    if let Admitted::Any = admitted {
        let mut row = Deletion::new(model, ByForce);
        let row = &mut Expecting::new(X::row(&mut row), None);
        return match delete_by_force(row, conn).await? {
            true => Ok(()),
            false => Err(Error::conflict(row, None)),
        };
    }
    let locked = if admitted.is_chosen() && conn.depth().is_some() {
        let locked = lock_and_read::<OfVersion, _, _, _>(model, conn).await;
        Some(locked.map_err(|error| read_failed::<X::Backend>(model, error))?)
    } else {
        None
    };
    let mut row = Deletion::new(model, AtVersion);
    write_if(X::row(&mut row), &admitted, locked, conn).await
}

/// Writes the row if it has an admitted version.
async fn write_if<V, R, X>(
    row: &mut R,
    admitted: &Admitted<V>,
    locked: Locked<V>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let row = &mut Expecting::new(row, admitted.expected());
    let saved = match admitted {
        _ if !row.row.has_changes() => Saved::NothingChanged,
        Admitted::Any => force_write(row, locked, conn).await?,
        Admitted::OneOf(_) => write_at_one_of(row, admitted, locked, conn).await?,
    };
    match saved {
        Saved::Written => Ok(()),
        Saved::NothingChanged => check(row, admitted, conn).await,
    }
}

/// Writes the row at one of the versions: the only one at once, or the one that the row has. Where it has
/// another one by then, it is that one's turn. No version is tried twice, so that this ends.
async fn write_at_one_of<V, R, X>(
    row: &mut R,
    admitted: &Admitted<V>,
    locked: Locked<V>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let mut expected = match admitted {
        Admitted::OneOf(versions) if versions.len() == 1 => versions[0].clone(),
        _ => {
            let may_be_old = |found: Option<&V>| {
                found.is_none_or(|found| admitted.is_chosen() && !admitted.admits(found))
            };
            let found = version_to_write(row, locked, may_be_old, conn).await?;
            turn_of(found.as_ref(), row.named(), admitted, &[])?
        }
    };
    let mut tried = Vec::new();
    loop {
        let zero_rows = match write_once(row, &expected, conn).await? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => zero_rows,
        };
        look(row, &expected, zero_rows, conn).await?;
        tried.push(expected);
        expected = turn_of(row.found(), row.named(), admitted, &tried)?;
    }
}

/// The version that was found, if a write at it is admitted, and was not tried in this spelling.
fn turn_of<V: VersionToken>(
    found: Option<&V>,
    row: &dyn AnyRow,
    admitted: &Admitted<V>,
    tried: &[V],
) -> Result<V, Error> {
    let was_tried = |version: &V| {
        let mut tried = tried.iter();
        tried.any(|tried| tried == version && tried.is_same_text(version))
    };
    match found {
        Some(version) if admitted.admits(version) && !was_tried(version) => Ok(version.clone()),
        found => Err(admitted.refusal(row, found)),
    }
}

/// Checks the version of a row that is not written, and takes it over in memory.
async fn check<V, R, X>(
    row: &mut R,
    admitted: &Admitted<V>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let read = row.read(LockMode::Plain, conn).await;
    read.map_err(|error| read_failed::<X::Backend>(row.named(), error))?;
    match row.found() {
        Some(found) if admitted.admits(found) => {}
        found => return Err(admitted.refusal(row.named(), found)),
    }
    row.adopt();
    row.settle(true);
    Ok(())
}

/// A row whose errors name the version that the client has named, and not the one in memory, which may be any.
struct Expecting<'r, R: ?Sized, X, V> {
    row: &'r mut R,
    expected: Option<VersionValue>,
    write: PhantomData<fn(X) -> V>,
}

impl<'r, R: ?Sized, X, V> Expecting<'r, R, X, V> {
    fn new(row: &'r mut R, expected: Option<VersionValue>) -> Self {
        Self {
            row,
            expected,
            write: PhantomData,
        }
    }
}

impl<R, X, V> AnyRow for Expecting<'_, R, X, V>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
{
    fn table(&self) -> &'static str {
        self.row.named().table()
    }

    fn key(&self) -> String {
        self.row.named().key()
    }

    fn version(&self) -> Option<VersionValue> {
        self.expected.clone()
    }
}

impl<X, V, R> RowRead<X, V> for Expecting<'_, R, X, V>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
{
    fn named(&self) -> &dyn AnyRow {
        self
    }

    fn lock(&self) -> LockMode {
        self.row.lock()
    }

    fn read<'w>(&'w mut self, lock: LockMode, conn: &'w mut Wire<'_, X>) -> Answer<'w, X, ()> {
        self.row.read(lock, conn)
    }

    fn found(&self) -> Option<&V> {
        self.row.found()
    }
}

impl<X, V, R> RowWrite<X, V> for Expecting<'_, R, X, V>
where
    X: Executes,
    R: RowWrite<X, V> + ?Sized,
{
    fn in_memory(&self) -> V {
        self.row.in_memory()
    }

    fn has_changes(&self) -> bool {
        self.row.has_changes()
    }

    fn write<'w>(
        &'w mut self,
        expected: &V,
        conn: &'w mut Wire<'_, X>,
    ) -> Result<Answer<'w, X, usize>, Error> {
        self.row.write(expected, conn)
    }

    fn lost_write(&self, expected: &V) -> Option<LostWrite> {
        self.row.lost_write(expected)
    }

    fn next_version(&self) -> NextVersion {
        self.row.next_version()
    }

    fn adopt(&mut self) {
        self.row.adopt();
    }

    fn settle(&mut self, is_written: bool) {
        self.row.settle(is_written);
    }
}
