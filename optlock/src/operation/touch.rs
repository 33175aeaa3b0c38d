//! `touch_checked`.

use super::advance::Advance;
use super::explain::Expected;
use super::needs::TouchedOn;
use super::read::{OfVersion, Selected};
use crate::error::Error;
use crate::executes::{Executes, Wire};

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
    follow: &mut impl FnMut(&M),
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: Executes,
    M: TouchedOn<X>,
{
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = conn.depth().is_some();
        let advance = Advance::new::<X::Backend>(model, expected.version())?;
        follow(advance.model());
        let touch = advance.model().checked_touch(expected.version().clone());
        let result = conn.execute(touch).await;
        match advance.settle::<X::Backend>(expected.version(), result, in_transaction)? {
            Ok(_) => return Ok(()),
            Err(zero_rows) => {
                let mut row = Selected::<_, OfVersion>::new(&mut *model);
                let row = X::row(&mut row);
                expected
                    .respell::<M::Rows, _, _>(row, zero_rows, conn)
                    .await?;
            }
        }
    }
}
