//! The operations on a save whose token is drawn beforehand, and on one whose answer was lost, on an async
//! connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::error::Error;
use crate::operation::{Attempt, IsAttempt, LostAttempt, Resolved, Saved};
use crate::versioned::Versioned;

/// The operation on an [`Attempt`], on the async connection `Conn`: that of
/// [`optlock::AttemptDsl`](crate::AttemptDsl).
pub trait AttemptDsl<Conn>: IsAttempt {
    /// Saves the value, and gives the row the token of the attempt.
    ///
    /// As the [blocking one](crate::AttemptDsl::save_checked). Dropped while it waits, it may land: `resolve`
    /// finds out, on another connection.
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model: methods::Save<Conn>;
}

impl<M: Versioned, Conn> AttemptDsl<Conn> for Attempt<'_, M> {
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Saved, Error>>
    where
        M: methods::Save<Conn>,
    {
        Box::pin(methods::Save::save_attempt(self, conn))
    }
}

/// The operation on a save that may have landed, on the async connection `Conn`: that of
/// [`optlock::ResolveDsl`](crate::ResolveDsl).
pub trait ResolveDsl<Conn>: IsAttempt {
    /// Finds out what became of the save, by the row as it is now.
    ///
    /// As the [blocking one](crate::ResolveDsl::resolve).
    fn resolve<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Resolved<Self::Model>, Error>>
    where
        Self::Model: methods::Resolve<Conn>;
}

impl<M: Versioned, Conn> ResolveDsl<Conn> for Attempt<'_, M> {
    fn resolve<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Resolved<M>, Error>>
    where
        M: methods::Resolve<Conn>,
    {
        Box::pin(methods::Resolve::resolve(self.lost(), conn))
    }
}

impl<M: Versioned, Conn> ResolveDsl<Conn> for LostAttempt<'_, M> {
    fn resolve<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Resolved<M>, Error>>
    where
        M: methods::Resolve<Conn>,
    {
        Box::pin(methods::Resolve::resolve(self, conn))
    }
}
