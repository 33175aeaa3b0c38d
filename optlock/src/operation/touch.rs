//! `touch_checked`.

use super::moving::{MakeUpdate, Moving, SendUpdate};
use super::needs::TouchedOn;
use super::read::OfVersion;
use super::save::{Follow, Nobody};
use super::write::write_or_fail;
use crate::error::Error;
use crate::executes::{ExecuteUpdate, Executes, Wire};
use crate::statement::CheckedStatements;
use crate::versioned::Versioned;

/// The update of nothing but version and audit stamp.
#[derive(Debug)]
pub(super) struct VersionAlone;

impl<M, X> MakeUpdate<M, X> for VersionAlone
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Touch: ExecuteUpdate<X>>,
{
    type Update<'w>
        = <M as CheckedStatements<'w, M::Version>>::Touch
    where
        M: 'w;

    fn update<'w>(&self, model: &'w M, expected: M::Version) -> Self::Update<'w> {
        model.checked_touch(expected)
    }
}

/// Advances the version of the row, and nothing else.
pub(crate) async fn touch_checked<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    touch(model, &mut Nobody, conn).await
}

/// Touches, and shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn touch<M, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, follow, SendUpdate(VersionAlone));
    write_or_fail(X::row(&mut row), conn).await.map(drop)
}
