//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::explain::{Spelling, refusal_of};
use super::rows::Rows;
use super::same_row::SharesRow;
use super::saving::{InColumns, Respelled, advance, keep, refuse_duplicates};
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
        let missed = save_all(models, spelling.respelled(), conn)?;
        if missed.is_empty() {
            return Ok(());
        }
        spelling.respell::<Strategy<C>, _>(models, &missed, conn)?;
    }
}

/// Saves them all or none, and returns the indices of those that were missed.
fn save_all<M, C>(
    models: &mut [M],
    respelled: &Respelled<M>,
    conn: &mut C,
) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    M: Versioned,
{
    let saving = advance::<C::Backend, _>(models, respelled)?;
    if saving.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::saved(&saving);
    let missed = match Strategy::<C>::save_many(&rows, conn)? {
        Written::All { unsent } => {
            keep(saving, &unsent);
            return Ok(Vec::new());
        }
        Written::AllBut(missed) => missed,
        Written::NotAll => match Strategy::<C>::find_missed(&rows, conn)? {
            // Each row is looked at by itself.
            missed if missed.is_empty() => (0..saving.len()).collect(),
            missed => missed,
        },
        Written::Refused(row) => {
            let index = saving[row].index;
            drop(saving);
            return Err(refusal_of::<Strategy<C>, _, _>(models, index, conn));
        }
    };
    Ok(missed.iter().map(|&row| saving[row].index).collect())
}
