//! A write matched no row: why?

use super::effect::{ZeroRows, still_there, unread};
use super::read::{OfVersion, ReadRow, WithVersion, newest};
use crate::backend::Dialect;
use crate::error::Error;
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::connection::Connection;

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
        M: ReadRow<OfVersion, C> + Versioned<Version = V>,
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
    M: ReadRow<OfVersion, C>,
    C: Connection<Backend: Dialect>,
{
    match look::<OfVersion, _, _>(model, missed, zero_rows, conn)? {
        Some(version) if version == *missed => Ok(version),
        found => Err(Error::conflict(model, found)),
    }
}

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
pub(crate) fn look<What, M, C>(
    model: &M,
    missed: &M::Version,
    zero_rows: ZeroRows,
    conn: &mut C,
) -> Result<Option<What::Found>, Error>
where
    What: WithVersion<M>,
    M: ReadRow<What, C>,
    C: Connection<Backend: Dialect>,
{
    let is_missed = |row: &What::Found| {
        let version = What::version(row);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |row: Option<&What::Found>| row.is_none_or(is_missed);
    match newest::<What, _, _>(model, may_be_old, conn) {
        Ok(Some(row)) if is_missed(&row) => Err(still_there(model, missed, zero_rows)),
        Ok(row) => Ok(row),
        Err(error) => Err(unread::<C::Backend, _>(model, zero_rows, &error)),
    }
}
