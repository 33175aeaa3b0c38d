//! A write at one of the versions that a client names: `save_if_match`, `touch_if_match` and `delete_if_match`.

use super::around::{Around, Otherwise};
use super::delete::{AtVersion, ByForce, Deletion, delete_by_force};
use super::effect::{Saved, read_failed};
use super::explain::{look, newest};
use super::force::{Locked, force_write, lock_in_transaction, version_to_write};
use super::moving::{Moving, SendUpdate};
use super::needs::{DeletedByForceOn, DeletedOn, SavedOn, TouchedOn};
use super::read::{OfVersion, ReadRow, read};
use super::save::{AllColumns, Nobody, Save};
use super::touch::VersionAlone;
use super::write::write_once;
use crate::backend::{Dialect, can_send};
use crate::error::{AnyRow, Error};
use crate::executes::{Executes, RowRead as _, RowWrite, Wire};
use crate::statement::LockMode;
use crate::token::{VersionToken, VersionValue};
use diesel::result::{Error as DieselError, QueryResult};
use std::ops::Deref;

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

    /// Without the versions that the database cannot be sent. A client has made them up.
    fn sendable<DB: Dialect>(mut self) -> Self {
        if let Self::OneOf(versions) = &mut self {
            versions.retain(|version| can_send::<DB>(version));
        }
        self
    }

    /// The error of a read of the row, which names the version that the client has named.
    fn read_failed<DB: Dialect>(&self, row: &dyn AnyRow, error: DieselError) -> Error {
        let expected = self.expected();
        read_failed::<DB>(&Named { row, expected }, error)
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
    let admitted = admitted.sendable::<X::Backend>();
    if !model.has_changes() {
        return check(model, &admitted, conn).await;
    }
    let locked = lock(&mut *model, &admitted, conn).await;
    let locked = locked.map_err(|error| admitted.read_failed::<X::Backend>(model, error))?;
    let mut nobody = Nobody;
    let mut row = Save::new(&mut *model, &mut nobody, AllColumns::new());
    let saved = write_if(X::row(&mut row), &admitted, locked, conn).await?;
    drop(row);
    match saved {
        Saved::Written => Ok(()),
        Saved::NothingChanged => check(model, &admitted, conn).await,
    }
}

/// Checks the version of a row that is not written, and takes it over in memory. In a transaction the row is locked, so
/// that it has this version until the commit.
async fn check<M, X>(
    model: &mut M,
    admitted: &Admitted<M::Version>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    let found = match lock_in_transaction(&mut *model, conn).await {
        Ok(Some(locked)) => Ok(locked),
        Ok(None) => read_version(&mut *model, conn).await,
        Err(error) => Err(error),
    };
    let found = found.map_err(|error| admitted.read_failed::<X::Backend>(model, error))?;
    match found {
        Some(found) if admitted.admits(&found) => {
            model.set_version(found);
            Ok(())
        }
        found => {
            let (row, expected) = (model, admitted.expected());
            Err(admitted.refusal(&Named { row, expected }, found.as_ref()))
        }
    }
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
    let admitted = admitted.sendable::<X::Backend>();
    let locked = lock(&mut *model, &admitted, conn).await;
    let locked = locked.map_err(|error| admitted.read_failed::<X::Backend>(model, error))?;
    let mut nobody = Nobody;
    let mut row =
        Moving::<_, _, _, _, OfVersion>::new(model, &mut nobody, SendUpdate(VersionAlone));
    let touched = write_if(X::row(&mut row), &admitted, locked, conn).await;
    touched.map(drop)
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
        let row = &mut Expecting::of(X::row(&mut row), None);
        return match delete_by_force(row, conn).await? {
            true => Ok(()),
            false => Err(Error::conflict(row.named(), None)),
        };
    }
    let admitted = admitted.sendable::<X::Backend>();
    let locked = lock(model, &admitted, conn).await;
    let locked = locked.map_err(|error| admitted.read_failed::<X::Backend>(model, error))?;
    let mut row = Deletion::new(model, AtVersion);
    let deleted = write_if(X::row(&mut row), &admitted, locked, conn).await;
    deleted.map(drop)
}

/// The version of the row. Through a `&mut M` the model need not be `Sync` while it waits.
async fn read_version<M, R, X>(model: R, conn: &mut Wire<'_, X>) -> QueryResult<Option<M::Version>>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
    R: Deref<Target = M>,
{
    read(&*model, LockMode::Plain, conn).await
}

/// Locks the row in a transaction, if the write chooses by its version.
async fn lock<M, R, X>(
    model: R,
    admitted: &Admitted<M::Version>,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Locked<M::Version>>
where
    X: Executes,
    M: ReadRow<OfVersion, X>,
    R: Deref<Target = M>,
{
    match admitted.is_chosen() {
        true => lock_in_transaction(model, conn).await,
        false => Ok(None),
    }
}

/// Writes the row if it has an admitted version.
async fn write_if<V, R, X>(
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
    let row = &mut Expecting::of(row, admitted.expected());
    match admitted {
        Admitted::Any => force_write(row, locked, conn).await,
        Admitted::OneOf(_) => write_at_one_of(row, admitted, locked, conn).await,
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
        let zero_rows = match write_once(row, &expected, conn).await {
            Ok(Ok(saved)) => return Ok(saved),
            Ok(Err(zero_rows)) => zero_rows,
            Err(error) if is_of_version(&error) => {
                return Err(error_or_refusal(row, &expected, error, admitted, conn).await);
            }
            Err(error) => return Err(error),
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

/// Can the error be one of the version, which has no next one or cannot be sent? Nothing was sent then.
fn is_of_version(error: &Error) -> bool {
    matches!(
        error,
        Error::VersionExhausted { .. } | Error::Database(DieselError::SerializationError(_))
    )
}

/// The error of a write at the version `expected`, if the row has that version. A client can make a version up: where
/// the row has another one, or there is none, its header is refused as any other.
async fn error_or_refusal<V, R, X>(
    row: &mut R,
    expected: &V,
    error: Error,
    admitted: &Admitted<V>,
    conn: &mut Wire<'_, X>,
) -> Error
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let may_be_old = |found: Option<&V>| found.is_none_or(|found| found == expected);
    if let Err(error) = newest(row, may_be_old, conn).await {
        return read_failed::<X::Backend>(row.named(), error);
    }
    match row.found() {
        Some(found) if admitted.admits(found) => error,
        found => admitted.refusal(row.named(), found),
    }
}

/// A row whose errors name the version that the client has named, without a write of it.
struct Named<'r> {
    row: &'r dyn AnyRow,
    expected: Option<VersionValue>,
}

impl AnyRow for Named<'_> {
    fn table(&self) -> &'static str {
        self.row.table()
    }

    fn key(&self) -> String {
        self.row.key()
    }

    fn version(&self) -> Option<VersionValue> {
        self.expected.clone()
    }

    fn is_ordered(&self) -> bool {
        self.row.is_ordered()
    }
}

/// A row to be written, whose errors name the version that the client has named, and not the one in memory, which may be any.
type Expecting<'r, R, X, V> = Around<'r, R, X, V, Option<VersionValue>>;

/// The version that the client has named.
impl<V> Otherwise<V> for Option<VersionValue> {
    fn named(&self, _row: &dyn AnyRow) -> Option<VersionValue> {
        self.clone()
    }
}
