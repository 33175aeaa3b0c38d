//! `force_save`.

use super::effect::{Saved, read_failed};
use super::needs::SavedOn;
use super::save::update;
use crate::backend::Dialect;
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::statement::LockMode;
use crate::token::VersionToken as _;
use diesel::connection::Connection;

/// How often other writers may come first. Each time one of them has got on, so that only a row
/// which is written all the time gets here.
const ATTEMPTS: usize = 100;

/// Saves whatever the version of the row.
pub(crate) fn force_save<M, C>(model: &mut M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOn<C>,
{
    force_save_followed(model, &mut |_| {}, conn).map(drop)
}

/// Saves whatever the version of the row, and shows `follow` the value as it will be, before anything is
/// sent.
pub(crate) fn force_save_followed<M, C>(
    model: &mut M,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<Saved, Error>
where
    C: Connection<Backend: Dialect>,
    M: SavedOn<C>,
{
    // The version in memory may be old, and the one after it another client's. Only the one after
    // the row's is nobody's, and only a write that is checked against the row's is sure to take it.
    if !model.has_changes() {
        return Ok(Saved::NothingChanged);
    }
    let first = if transaction_depth(conn).is_some() {
        model.read_row(LockMode::Exclusive, conn)
    } else {
        model.newest_row(&|row| row.is_none(), conn)
    };
    let mut found = first.map_err(|error| read_failed::<C::Backend>(model, error))?;
    for _ in 0..ATTEMPTS {
        let Some(version) = found else { break };
        match update(model, &version, follow, conn)? {
            Ok(saved) => return Ok(saved),
            Err(zero_rows) => found = model.look(&version, zero_rows, conn)?,
        }
    }
    Err(Error::conflict(
        model,
        found.map(|version| version.describe()),
    ))
}
