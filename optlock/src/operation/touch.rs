//! `touch_checked`.

use super::moving::{Moving, SendWrite};
use super::needs::TouchedOn;
use super::read::OfVersion;
use super::save::Follow;
use super::write::write_or_fail;
use crate::error::Error;
use crate::executes::{Answer, ExecuteUpdate, Executes, Returned, Wire};
use crate::statement::CheckedStatements;
use crate::versioned::Versioned;

/// The update of nothing but version and audit stamp.
#[derive(Debug)]
pub(super) struct VersionAlone;

impl<M, X> SendWrite<M, X> for VersionAlone
where
    X: Executes,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Touch: ExecuteUpdate<X>>,
{
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute_update(model.checked_touch(expected))
    }

    fn send_returning<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Returned<'w, M::Version, X>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.update_returning(model.checked_touch(expected), returned)
    }
}

/// Advances the version of the row, and nothing else.
pub(crate) async fn touch_checked<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    touch(model, &mut |_: &M| {}, conn).await
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
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, follow, VersionAlone);
    write_or_fail(X::row(&mut row), conn).await.map(drop)
}
