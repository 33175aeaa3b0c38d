//! `touch_checked`.

use super::advance::Advance;
use super::explain::Expected;
use super::needs::TouchedOn;
use crate::backend::Dialect;
use crate::error::Error;
use crate::executes::Execute as _;
use crate::hidden::transaction_depth;
use diesel::connection::Connection;

/// Advances the version of the row, and nothing else.
pub(crate) fn touch_checked<M, C>(model: &mut M, conn: &mut C) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: TouchedOn<C>,
{
    touch(model, &mut |_| {}, conn)
}

/// Touches, and shows `follow` the value as it will be, before anything is sent.
pub(crate) fn touch<M, C>(
    model: &mut M,
    follow: &mut dyn FnMut(&M),
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    M: TouchedOn<C>,
{
    let mut expected = Expected::of(model);
    loop {
        let in_transaction = transaction_depth(conn).is_some();
        let advance = Advance::new::<C::Backend>(model, expected.version())?;
        follow(advance.model());
        let touch = advance.model().checked_touch(expected.version().clone());
        let result = touch.send(conn);
        match advance.settle::<C::Backend>(result, in_transaction)? {
            Ok(_) => return Ok(()),
            Err(zero_rows) => model.respell(&mut expected, zero_rows, conn)?,
        }
    }
}
