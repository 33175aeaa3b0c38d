//! The operations on a slice of values, on an async connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::error::Error;
use crate::versioned::Versioned;

/// The operations on a slice of versioned values, on the async connection `Conn`: those of
/// [`optlock::VersionedSliceDsl`](crate::VersionedSliceDsl), under the same names. (A `Vec` has them too.)
pub trait VersionedSliceDsl<M, Conn> {
    /// Saves all values whose rows have the version in memory, or none.
    ///
    /// As the [blocking one](crate::VersionedSliceDsl::save_all_checked).
    fn save_all_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        M: methods::SaveAll<Conn>;

    /// Deletes all rows that have the version in memory, or none.
    ///
    /// As the [blocking one](crate::VersionedSliceDsl::delete_all_checked).
    fn delete_all_checked<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        M: methods::DeleteAll<Conn>;

    /// Saves each value whose row has the version in memory, whatever becomes of the others, and returns a result for each, in their order. One by one, as the blocking one.
    ///
    /// As the [blocking one](crate::VersionedSliceDsl::save_each_checked).
    #[must_use = "a value may not be saved, and only its own result tells"]
    fn save_each_checked<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Vec<Result<(), Error>>>
    where
        M: methods::SaveEach<Conn>;
}

impl<M: Versioned, Conn> VersionedSliceDsl<M, Conn> for [M] {
    fn save_all_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        M: methods::SaveAll<Conn>,
    {
        Box::pin(methods::SaveAll::save_all_checked(self, conn))
    }

    fn delete_all_checked<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        M: methods::DeleteAll<Conn>,
    {
        Box::pin(methods::DeleteAll::delete_all_checked(self, conn))
    }

    fn save_each_checked<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Vec<Result<(), Error>>>
    where
        M: methods::SaveEach<Conn>,
    {
        Box::pin(methods::SaveEach::save_each_checked(self, conn))
    }
}
