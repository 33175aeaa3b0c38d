//! A save of the changed columns.

use super::effect::Saved;
use super::moving::{Moving, SendWrite};
use super::needs::ChangesSavedOn;
use super::read::OfVersion;
use super::save::Follow;
use super::write::write_or_fail;
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Answer, ExecuteUpdate, Executes, Returned, Wire};
use crate::statement::{CheckedStatements, PartialUpdate, WrittenColumns};
use crate::versioned::Versioned;

impl<M, X> SendWrite<M, X> for WrittenColumns
where
    X: Executes,
    M: Versioned
        + for<'a> CheckedStatements<'a, M::Version, Update: PartialUpdate<Partial: ExecuteUpdate<X>>>,
{
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute_update(model.checked_update(expected).partial(self.clone()))
    }

    fn send_returning<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Returned<'w, M::Version, X>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.update_returning(
            model.checked_update(expected).partial(self.clone()),
            returned,
        )
    }
}

/// Saves the columns of the fields that are marked in `changed`, and shows `follow` the value as it
/// will be, before anything is sent.
pub(crate) async fn save_columns<M, X>(
    model: &mut M,
    changed: Vec<bool>,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: Diff + ChangesSavedOn<X>,
{
    let columns = WrittenColumns::new::<M>(changed);
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, follow, columns);
    write_or_fail(X::row(&mut row), conn).await
}
