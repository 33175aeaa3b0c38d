//! A save of the changed columns.

use super::effect::Saved;
use super::moving::{MakeUpdate, Moving, SendUpdate};
use super::needs::ChangesSavedOn;
use super::read::OfVersion;
use super::save::Follow;
use super::write::write_or_fail;
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{ExecuteUpdate, Executes, Wire};
use crate::statement::{CheckedStatements, PartialUpdate, WrittenColumns};
use crate::versioned::Versioned;

impl<M, X> MakeUpdate<M, X> for WrittenColumns
where
    X: Executes,
    M: Versioned
        + for<'a> CheckedStatements<'a, M::Version, Update: PartialUpdate<Partial: ExecuteUpdate<X>>>,
{
    type Update<'w>
        = <<M as CheckedStatements<'w, M::Version>>::Update as PartialUpdate>::Partial
    where
        M: 'w;

    fn update<'w>(&self, model: &'w M, expected: M::Version) -> Self::Update<'w> {
        model.checked_update(expected).partial(self.clone())
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
    let columns = SendUpdate(WrittenColumns::new::<M>(changed));
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, follow, columns);
    write_or_fail(X::row(&mut row), conn).await
}
