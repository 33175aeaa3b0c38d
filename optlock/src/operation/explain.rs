//! A write matched no row: why?

use super::effect::{Effect, ZeroRows, still_there};
use super::read::{Explain, newest};
use super::save::Saved;
use crate::backend::{Dialect, ErrorClass, classify};
use crate::error::{Error, Found};
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::result::QueryResult;
use std::ops::Deref;

/// Writes at the version in memory by `write`. If the row has that version in another spelling, writes
/// once more with the row's.
pub(crate) fn checked<B, M, C>(
    mut model: B,
    conn: &mut C,
    mut write: impl FnMut(&mut B, &M::Version, &mut C) -> Effect,
) -> Result<Saved, Error>
where
    B: Deref<Target = M>,
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let expected = model.version().clone();
    let miss = match write(&mut model, &expected, conn).done()? {
        Ok(saved) => return Ok(saved),
        Err(miss) => miss,
    };
    let expected = respelled(&*model, &expected, miss, conn)?;
    let miss = match write(&mut model, &expected, conn).done()? {
        Ok(saved) => return Ok(saved),
        Err(miss) => miss,
    };
    let version = respelled(&*model, &expected, miss, conn)?;
    Err(still_there(&*model, &version, miss))
}

/// Looks up why a write at the version `missed` hit no row, and fails with what it finds. If that is the
/// same version in another spelling, returns it.
pub(crate) fn respelled<M, C>(
    model: &M,
    missed: &M::Version,
    miss: ZeroRows,
    conn: &mut C,
) -> Result<M::Version, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    match look_at_version(model, missed, miss, conn)? {
        Some(version) if version == *missed => Ok(version),
        found => Err(Error::conflict(model, found)),
    }
}

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
///
/// `version_of` is the version in what the reads return: the version itself, or the whole row.
pub(crate) fn look<M, C, Row>(
    model: &M,
    missed: &M::Version,
    miss: ZeroRows,
    conn: &mut C,
    version_of: impl Fn(&Row) -> &M::Version,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> Result<Option<Row>, Error>
where
    M: Versioned,
    C: Connection<Backend: Dialect>,
{
    let is_missed = |row: &Row| {
        let version = version_of(row);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |row: Option<&Row>| row.is_none_or(is_missed);
    match newest(conn, may_be_old, plain, locked) {
        Ok(Some(row)) if is_missed(&row) => Err(still_there(model, missed, miss)),
        Ok(row) => Ok(row),
        Err(error)
            if miss == ZeroRows::GivenUp
                || classify(&error, C::Backend::DATABASE) == ErrorClass::Conflict =>
        {
            Err(Error::aborted(model))
        }
        Err(_) => Err(Error::conflict_with(model, Found::Unknown)),
    }
}

/// [`look`], at the version only.
pub(crate) fn look_at_version<M, C>(
    model: &M,
    missed: &M::Version,
    miss: ZeroRows,
    conn: &mut C,
) -> Result<Option<M::Version>, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    look(
        model,
        missed,
        miss,
        conn,
        |version| version,
        |conn| model.plain_version(conn),
        |conn| model.locked_version(conn),
    )
}
