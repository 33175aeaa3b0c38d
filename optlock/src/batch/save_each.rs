//! `save_each_checked`.

use super::dialect::BatchDialect;
use super::needs::{Batches, SavedTogetherOn};
use super::save_all::save_all_checked;
use super::strategy::{SaveMany, failed};
use crate::backend::{Dialect, ErrorClass, classify};
use crate::error::Error;
use crate::executes::Wire;
use crate::operation::{SavedOn, save_checked};
use diesel::result::Error as DieselError;
use std::slice;

pub(crate) async fn save_each_checked<M, X>(
    models: &mut [M],
    conn: &mut Wire<'_, X>,
) -> Vec<Result<(), Error>>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: SavedOn<X> + SavedTogetherOn<X>,
{
    let mut results = Vec::with_capacity(models.len());
    if conn.depth().is_none() {
        for model in models {
            results.push(save_checked(model, conn).await);
        }
        return results;
    }
    // A savepoint that may be there or not is no place to go on at.
    let mut conn = Wire::<X>::in_step(conn.conn());
    // It is there as long as the transaction is. (If it cannot be set, the first save says why, unless the
    // connection was lost just now.)
    let set = conn.batch_execute("SAVEPOINT optlock_each").await;
    let mut loss = set.err().filter(is_loss::<X::Backend>);
    let mut is_lost = false;
    for model in models {
        if let Some(error) = loss.take() {
            results.push(Err(failed::<X::Backend>(error)));
            continue;
        }
        if is_lost {
            // There is no transaction any more, and the save would commit by itself.
            results.push(Err(Error::aborted(model)));
            continue;
        }
        let saved = in_savepoint(model, &mut conn).await;
        is_lost = match &saved {
            // After a lost connection each save says so itself.
            Ok(()) | Err(Error::ConnectionLost(_) | Error::ConnectionBroken) => false,
            Err(_) => conn.batch_execute(IS_THERE).await.is_err(),
        };
        results.push(saved);
    }
    if !is_lost {
        let _ = conn.batch_execute("RELEASE SAVEPOINT optlock_each").await;
    }
    results
}

fn is_loss<DB: Dialect>(error: &DieselError) -> bool {
    classify(error, DB::DATABASE) == ErrorClass::ConnectionLost
}

/// An error if the database has ended the transaction.
const IS_THERE: &str = "RELEASE SAVEPOINT optlock_each; SAVEPOINT optlock_each";

/// A batch of one, because on PostgreSQL an error would abort the transaction of the others too.
async fn in_savepoint<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: SavedTogetherOn<X>,
{
    let saved = save_all_checked(slice::from_mut(model), conn).await;
    saved.map_err(|error| match error {
        Error::BatchConflict(conflict) => conflict.into_only(),
        Error::Database(error)
            if classify(&error, X::Backend::DATABASE) == ErrorClass::Conflict =>
        {
            Error::aborted(model)
        }
        error => error,
    })
}
