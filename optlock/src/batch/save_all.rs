//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::explain::Spelling;
use super::rows::Rows;
use super::same_row::SharesRow;
use super::saving::{InColumns, Respelled, Saving, refuse_duplicates};
use super::strategy::{SaveMany, Written};
use crate::error::Error;
use crate::identity::Identified;
use crate::operation::{OfVersion, ReadRow};
use crate::versioned::Versioned;
use diesel::connection::Connection;

type Strategy<C> = <<C as Connection>::Backend as BatchDialect>::Strategy;

pub(crate) fn save_all_checked<M, C>(models: &mut [M], conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    for<'a> &'a M: InColumns<M>,
    M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
{
    refuse_duplicates(models)?;
    let mut spelling = Spelling::of_memory();
    loop {
        match save_all(models, spelling.respelled(), conn)? {
            Written::All { .. } => return Ok(()),
            written => spelling.correct::<Strategy<C>, _, _>(models, &written, conn)?,
        }
    }
}

/// Saves them all or none.
fn save_all<M, C>(
    models: &mut [M],
    respelled: &Respelled<M::Version>,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    M: Versioned,
{
    let saving = Saving::new::<C::Backend>(models, respelled)?;
    if saving.rows().is_empty() {
        return Ok(Written::ALL);
    }
    let written = Strategy::<C>::save_many(&Rows::moved(saving.rows()), conn)?;
    Ok(saving.settle(written))
}
