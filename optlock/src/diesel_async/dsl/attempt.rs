//! The operations on a save whose token is drawn beforehand, on an async connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::error::Error;
use crate::operation::{Attempt, IsAttempt, Resolved};
use crate::versioned::Versioned;

/// The operations on an [`Attempt`], on the async connection `Conn`: those of
/// [`optlock::AttemptDsl`](crate::AttemptDsl), under the same names.
pub trait AttemptDsl<Conn>: IsAttempt {
    /// Saves the value, and gives the row the token of the attempt.
    ///
    /// As the [blocking one](crate::AttemptDsl::save_checked). Dropped while it waits, it may land: `resolve`
    /// says, on another connection.
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self::Model: methods::Save<Conn>;

    /// Finds out what became of the save, by the row as it is now.
    ///
    /// As the [blocking one](crate::AttemptDsl::resolve).
    fn resolve<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Resolved<Self::Model>, Error>>
    where
        Self::Model: methods::Resolve<Conn>;
}

impl<M: Versioned, Conn> AttemptDsl<Conn> for Attempt<'_, M> {
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        M: methods::Save<Conn>,
    {
        Box::pin(methods::Save::save_attempt(self, conn))
    }

    fn resolve<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Resolved<M>, Error>>
    where
        M: methods::Resolve<Conn>,
    {
        Box::pin(methods::Resolve::resolve(self, conn))
    }
}
