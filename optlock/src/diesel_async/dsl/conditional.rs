//! The writes with an `If-Match`, on an async connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::http::{Failure, IfMatch};
use crate::versioned::Versioned;

/// The writes of a versioned value with the header `If-Match`, on the async connection `Conn`: those of
/// [`optlock::ConditionalDsl`](crate::ConditionalDsl), under the same names.
///
/// **Dropped while it waits**, a write may have landed all the same; the value has the version that it had before.
pub trait ConditionalDsl<Conn>: Versioned + Sized {
    /// Saves the value if the row has a version that the header names.
    ///
    /// As the [blocking one](crate::ConditionalDsl::save_if_match).
    fn save_if_match<'a>(
        &'a mut self,
        if_match: &'a IfMatch,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Failure>>
    where
        Self: methods::SaveIfMatch<Conn>,
    {
        Box::pin(methods::SaveIfMatch::save_if_match(self, if_match, conn))
    }

    /// Advances the version of the row if it is one that the header names.
    ///
    /// As the [blocking one](crate::ConditionalDsl::touch_if_match).
    fn touch_if_match<'a>(
        &'a mut self,
        if_match: &'a IfMatch,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Failure>>
    where
        Self: methods::TouchIfMatch<Conn>,
    {
        Box::pin(methods::TouchIfMatch::touch_if_match(self, if_match, conn))
    }

    /// Deletes the row if it has a version that the header names.
    ///
    /// As the [blocking one](crate::ConditionalDsl::delete_if_match).
    fn delete_if_match<'a>(
        &'a self,
        if_match: &'a IfMatch,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Failure>>
    where
        Self: methods::DeleteIfMatch<Conn>,
    {
        Box::pin(methods::DeleteIfMatch::delete_if_match(
            self, if_match, conn,
        ))
    }
}

impl<M: Versioned, Conn> ConditionalDsl<Conn> for M {}
