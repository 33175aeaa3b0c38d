//! The operations on a versioned value, on an async connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::diff::Field;
use crate::error::Error;
use crate::operation::{Outcome, Refreshed, Upserted};
use crate::versioned::Versioned;

/// The operations on a versioned value, on the async connection `Conn`: those of
/// [`optlock::VersionedDsl`](crate::VersionedDsl), under the same names.
///
/// Each sends what the blocking one sends, does the same in memory, and returns the same errors; its docs say
/// all of it, with examples. Nothing is sent before the future is polled. What happens when it is dropped says
/// [the guide](crate::guide::async_connections).
pub trait VersionedDsl<Conn>: Versioned + Sized {
    /// Saves the value, if the row still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_checked).
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::Save<Conn>,
    {
        Box::pin(methods::Save::save_checked(self, conn))
    }

    /// Saves the value, or loads the row that another client has changed.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_or_load).
    fn save_or_load<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Outcome<Self>, Error>>
    where
        Self: methods::SaveOrLoad<Conn>,
    {
        Box::pin(methods::SaveOrLoad::save_or_load(self, conn))
    }

    /// [`save_or_load`](Self::save_or_load), and the row is loaded as a `T`.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_or_load_as).
    fn save_or_load_as<'a, T: 'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Outcome<T>, Error>>
    where
        Self: methods::SaveOrLoad<Conn, T>,
    {
        Box::pin(methods::SaveOrLoad::save_or_load(self, conn))
    }

    /// Saves the value, merged with what another client has changed since `base`.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_merged).
    fn save_merged<'a>(
        &'a mut self,
        base: &'a Self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Vec<Field>, Error>>
    where
        Self: methods::SaveMerged<Conn>,
    {
        Box::pin(methods::SaveMerged::save_merged(self, base, conn))
    }

    /// Advances the version of the row, and nothing else.
    ///
    /// As the [blocking one](crate::VersionedDsl::touch_checked).
    fn touch_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::Touch<Conn>,
    {
        Box::pin(methods::Touch::touch_checked(self, conn))
    }

    /// Inserts the value if it was never stored, and saves it otherwise, if the row still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::upsert_checked).
    fn upsert_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Upserted, Error>>
    where
        Self: methods::Upsert<Conn>,
    {
        Box::pin(methods::Upsert::upsert_checked(self, conn))
    }

    /// Deletes the row, if it still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::delete_checked).
    fn delete_checked<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::Delete<Conn>,
    {
        Box::pin(methods::Delete::delete_checked(self, conn))
    }

    /// Does the row still have the version in memory?
    ///
    /// As the [blocking one](crate::VersionedDsl::check_current).
    fn check_current<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::CheckCurrent<Conn>,
    {
        Box::pin(methods::CheckCurrent::check_current(self, conn))
    }

    /// Locks the row to the end of the transaction, if it still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::lock_checked).
    fn lock_checked<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::LockRow<Conn>,
    {
        Box::pin(methods::LockRow::lock_checked(self, conn))
    }

    /// Loads the row as it is now.
    ///
    /// As the [blocking one](crate::VersionedDsl::load_current).
    fn load_current<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<Option<Self>, Error>>
    where
        Self: methods::LoadCurrent<Conn>,
    {
        Box::pin(methods::LoadCurrent::load_current(self, conn))
    }

    /// [`load_current`](Self::load_current), as a `T`.
    ///
    /// As the [blocking one](crate::VersionedDsl::load_current_as).
    fn load_current_as<'a, T: 'a>(
        &'a self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<T>, Error>>
    where
        Self: methods::LoadCurrent<Conn, T>,
    {
        Box::pin(methods::LoadCurrent::load_current(self, conn))
    }

    /// Replaces the value by the row as it is now.
    ///
    /// As the [blocking one](crate::VersionedDsl::refresh).
    fn refresh<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Refreshed<Self>, Error>>
    where
        Self: methods::Refresh<Conn>,
    {
        Box::pin(methods::Refresh::refresh(self, conn))
    }

    /// Saves the value whatever the version of the row: **overwrites what others have changed**.
    ///
    /// As the [blocking one](crate::VersionedDsl::force_save).
    fn force_save<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::ForceSave<Conn>,
    {
        Box::pin(methods::ForceSave::force_save(self, conn))
    }

    /// Deletes the row whatever its version. Was there one?
    ///
    /// As the [blocking one](crate::VersionedDsl::force_delete).
    fn force_delete<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<bool, Error>>
    where
        Self: methods::ForceDelete<Conn>,
    {
        Box::pin(methods::ForceDelete::force_delete(self, conn))
    }
}

impl<M: Versioned, Conn> VersionedDsl<Conn> for M {}
