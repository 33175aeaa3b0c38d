//! `delete_checked` and `force_delete`.

use super::effect::{effect_of, read_failed, still_there};
use super::explain::{Expected, newest};
use super::needs::{DeletedByForceOn, DeletedOn};
use super::read::{OfVersion, Selected};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::token::VersionToken as _;

pub(crate) async fn delete_checked<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: DeletedOn<X>,
{
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = conn.depth().is_some();
        let delete = model.checked_delete(expected.version().clone());
        let result = conn.execute(delete).await;
        match effect_of::<X::Backend>(result, model, None, in_transaction)? {
            Ok(_) => return Ok(()),
            Err(zero_rows) => {
                let mut row = Selected::<_, OfVersion>::new(model);
                let row = X::row(&mut row);
                expected
                    .respell::<M::Rows, _, _>(row, zero_rows, conn)
                    .await?;
            }
        }
    }
}

pub(crate) async fn force_delete<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<bool, Error>
where
    X: Executes,
    M: DeletedByForceOn<X>,
{
    let in_transaction = conn.depth().is_some();
    let result = conn.execute(model.forced_delete()).await;
    let zero_rows = match effect_of::<X::Backend>(result, model, None, in_transaction)? {
        Ok(_) => return Ok(true),
        Err(zero_rows) => zero_rows,
    };
    // No row is no row: a delete meets the newest ones, whatever the snapshot.
    let mut row = Selected::<_, OfVersion>::new(model);
    let left = newest(&mut row, is_there, conn).await;
    match left.map_err(|error| read_failed::<X::Backend>(model, error))? {
        Some(version) => Err(still_there(model, version.describe(), zero_rows)),
        None => Ok(false),
    }
}

fn is_there<V>(version: Option<&V>) -> bool {
    version.is_some()
}
