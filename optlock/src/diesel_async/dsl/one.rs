//! The operations on a versioned value, on an async connection.

use super::methods;
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::operation::{Outcome, Refreshed};
use crate::versioned::Versioned;
use std::future::Future;

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
    fn save_checked(&mut self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::Save<Conn>,
    {
        methods::Save::save_checked(self, conn)
    }

    /// Saves the value, or loads the row that another client has changed.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_or_load).
    fn save_or_load(
        &mut self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Outcome<Self>, Error>> + Send
    where
        Self: methods::SaveOrLoad<Conn>,
    {
        methods::SaveOrLoad::save_or_load(self, conn)
    }

    /// [`save_or_load`](Self::save_or_load), and the row is loaded as a `T`.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_or_load_as).
    fn save_or_load_as<T>(
        &mut self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Outcome<T>, Error>> + Send
    where
        Self: methods::SaveOrLoad<Conn, T>,
    {
        methods::SaveOrLoad::save_or_load(self, conn)
    }

    /// Saves the value, merged with what another client has changed since `base`.
    ///
    /// As the [blocking one](crate::VersionedDsl::save_merged).
    fn save_merged(
        &mut self,
        base: &Self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Vec<Field>, Error>> + Send
    where
        Self: Diff + methods::SaveMerged<Conn>,
    {
        methods::SaveMerged::save_merged(self, base, conn)
    }

    /// Advances the version of the row, and nothing else.
    ///
    /// As the [blocking one](crate::VersionedDsl::touch_checked).
    fn touch_checked(&mut self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::Touch<Conn>,
    {
        methods::Touch::touch_checked(self, conn)
    }

    /// Deletes the row, if it still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::delete_checked).
    fn delete_checked(&self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::Delete<Conn>,
    {
        methods::Delete::delete_checked(self, conn)
    }

    /// Does the row still have the version in memory?
    ///
    /// As the [blocking one](crate::VersionedDsl::check_current).
    fn check_current(&self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::CheckCurrent<Conn>,
    {
        methods::CheckCurrent::check_current(self, conn)
    }

    /// Locks the row to the end of the transaction, if it still has the version in memory.
    ///
    /// As the [blocking one](crate::VersionedDsl::lock_checked).
    fn lock_checked(&self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::LockRow<Conn>,
    {
        methods::LockRow::lock_checked(self, conn)
    }

    /// Loads the row as it is now.
    ///
    /// As the [blocking one](crate::VersionedDsl::load_current).
    fn load_current(
        &self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send
    where
        Self: methods::LoadCurrent<Conn>,
    {
        methods::LoadCurrent::load_current(self, conn)
    }

    /// [`load_current`](Self::load_current), as a `T`.
    ///
    /// As the [blocking one](crate::VersionedDsl::load_current_as).
    fn load_current_as<T>(
        &self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Option<T>, Error>> + Send
    where
        Self: methods::LoadCurrent<Conn, T>,
    {
        methods::LoadCurrent::load_current(self, conn)
    }

    /// Replaces the value by the row as it is now.
    ///
    /// As the [blocking one](crate::VersionedDsl::refresh).
    fn refresh(
        &mut self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<Refreshed<Self>, Error>> + Send
    where
        Self: methods::Refresh<Conn>,
    {
        methods::Refresh::refresh(self, conn)
    }

    /// Saves the value whatever the version of the row: **overwrites what others have changed**.
    ///
    /// As the [blocking one](crate::VersionedDsl::force_save).
    fn force_save(&mut self, conn: &mut Conn) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: methods::ForceSave<Conn>,
    {
        methods::ForceSave::force_save(self, conn)
    }

    /// Deletes the row whatever its version. Was there one?
    ///
    /// As the [blocking one](crate::VersionedDsl::force_delete).
    fn force_delete(&self, conn: &mut Conn) -> impl Future<Output = Result<bool, Error>> + Send
    where
        Self: methods::ForceDelete<Conn>,
    {
        methods::ForceDelete::force_delete(self, conn)
    }
}

impl<M: Versioned, Conn> VersionedDsl<Conn> for M {}
