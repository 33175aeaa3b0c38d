//! `save_each_checked`.

use super::dialect::BatchDialect;
use super::same_row::SharesRow;
use super::save_all::save_all_checked;
use super::saving::InColumns;
use super::strategy::SaveMany;
use crate::backend::{Dialect as _, ErrorClass, classify};
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::identity::Identified;
use crate::operation::{SavedOn, save_checked};
use diesel::connection::Connection;
use std::slice;

pub(crate) fn save_each_checked<M, C>(models: &mut [M], conn: &mut C) -> Vec<Result<(), Error>>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    for<'a> &'a M: InColumns<M>,
    M: SavedOn<C> + for<'a> Identified<'a>,
{
    let mut results = Vec::with_capacity(models.len());
    if transaction_depth(conn).is_none() {
        for model in models {
            results.push(save_checked(model, conn));
        }
        return results;
    }
    // It is there as long as the transaction is. (If it cannot be set, the first save says why.)
    let _ = conn.batch_execute(SAVEPOINT);
    let mut is_lost = false;
    for model in models {
        if is_lost {
            // There is no transaction any more, and the save would commit by itself.
            results.push(Err(Error::aborted(model)));
            continue;
        }
        let saved = in_savepoint(model, conn);
        is_lost = match &saved {
            // After a lost connection each save says so itself.
            Ok(()) | Err(Error::ConnectionLost(_)) => false,
            Err(_) => conn.batch_execute(&is_there()).is_err(),
        };
        results.push(saved);
    }
    if !is_lost {
        let _ = conn.batch_execute(&format!("RELEASE {SAVEPOINT}"));
    }
    results
}

const SAVEPOINT: &str = "SAVEPOINT optlock_each";

/// An error if the database has ended the transaction.
fn is_there() -> String {
    format!("RELEASE {SAVEPOINT}; {SAVEPOINT}")
}

/// A batch of one, because on PostgreSQL an error would abort the transaction of the others too.
fn in_savepoint<M, C>(model: &mut M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    for<'a> &'a M: InColumns<M>,
    M: SavedOn<C> + for<'a> Identified<'a>,
{
    save_all_checked(slice::from_mut(model), conn).map_err(|error| match error {
        Error::BatchConflict(conflict) => conflict.into_only(),
        Error::Database(error)
            if classify(&error, C::Backend::DATABASE) == ErrorClass::Conflict =>
        {
            Error::aborted(model)
        }
        error => error,
    })
}
