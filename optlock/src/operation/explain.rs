//! A write matched no row: why?

use super::effect::{ZeroRows, still_there};
use super::read::{Explain, newest};
use crate::backend::{Dialect, ErrorClass, classify};
use crate::error::{Error, Found};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::connection::Connection;
use diesel::result::QueryResult;

/// The version that a checked write expects: the one in memory, and then the row's spelling of it.
pub(crate) struct Expected<V> {
    version: V,
    is_respelled: bool,
}

impl<V: VersionToken> Expected<V> {
    /// The version in memory.
    pub(crate) fn of<M: Versioned<Version = V>>(model: &M) -> Self {
        Self {
            version: model.version().clone(),
            is_respelled: false,
        }
    }

    pub(crate) fn version(&self) -> &V {
        &self.version
    }

    /// Takes the row's spelling of the version, once, after a write that matched no row. Fails with what the row
    /// has instead.
    pub(crate) fn respell<M, C>(
        &mut self,
        model: &M,
        zero_rows: ZeroRows,
        conn: &mut C,
    ) -> Result<(), Error>
    where
        M: Explain<C> + Versioned<Version = V>,
        C: Connection<Backend: Dialect>,
    {
        let version = respelled(model, &self.version, zero_rows, conn)?;
        if self.is_respelled {
            return Err(still_there(model, &version, zero_rows));
        }
        self.version = version;
        self.is_respelled = true;
        Ok(())
    }
}

/// Looks up why a write at the version `missed` matched no row, and fails with what it finds. If that is the
/// same version in another spelling, returns it.
pub(crate) fn respelled<M, C>(
    model: &M,
    missed: &M::Version,
    zero_rows: ZeroRows,
    conn: &mut C,
) -> Result<M::Version, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    match look_at_version(model, missed, zero_rows, conn)? {
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
    zero_rows: ZeroRows,
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
        Ok(Some(row)) if is_missed(&row) => Err(still_there(model, missed, zero_rows)),
        Ok(row) => Ok(row),
        Err(error)
            if zero_rows == ZeroRows::GivenUp
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
    zero_rows: ZeroRows,
    conn: &mut C,
) -> Result<Option<M::Version>, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    look(
        model,
        missed,
        zero_rows,
        conn,
        |version| version,
        |conn| model.plain_version(conn),
        |conn| model.locked_version(conn),
    )
}
