//! The operations on a value that knows its base, on an async connection.

use super::methods;
use crate::diesel_async::Sending;
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::operation::{Outcome, Refreshed, Saved, Upserted};
use crate::tracked::{IsTracked, Tracked};
use crate::versioned::Versioned;

/// The operations on a [`Tracked`] value, on the async connection `Conn`: those of
/// [`optlock::TrackedDsl`](crate::TrackedDsl), under the same names. `Model` is the `M` of `Tracked<M>`.
pub trait TrackedDsl<Conn>: IsTracked {
    /// Saves the value, if it has changed and the row still has the version in memory.
    ///
    /// As the [blocking one](crate::TrackedDsl::save_checked).
    fn save_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model: methods::Save<Conn> + Diff + Clone,
    {
        Box::pin(methods::Save::save_tracked(self.tracked(), conn))
    }

    /// Saves the columns that have changed.
    ///
    /// As the [blocking one](crate::TrackedDsl::save_changed).
    fn save_changed<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model: methods::SaveChanged<Conn> + Clone,
    {
        Box::pin(methods::SaveChanged::save_changed_tracked(
            self.tracked(),
            conn,
        ))
    }

    /// Saves the value, merged with what another client has changed since its base.
    ///
    /// As the [blocking one](crate::TrackedDsl::save_merged).
    fn save_merged<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Vec<Field>, Error>>
    where
        Self::Model: methods::SaveMerged<Conn> + Clone,
    {
        Box::pin(methods::SaveMerged::save_merged_tracked(
            self.tracked(),
            conn,
        ))
    }

    /// Saves the value, or loads the row that another client has changed.
    ///
    /// As the [blocking one](crate::TrackedDsl::save_or_load).
    fn save_or_load<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Outcome<Self::Model>, Error>>
    where
        Self::Model: methods::SaveOrLoad<Conn> + Diff + Clone,
    {
        Box::pin(methods::SaveOrLoad::save_or_load_tracked(
            self.tracked(),
            conn,
        ))
    }

    /// [`save_or_load`](Self::save_or_load), and the row is loaded as a `T`.
    ///
    /// As the [blocking one](crate::TrackedDsl::save_or_load_as).
    fn save_or_load_as<'a, T: 'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Outcome<T>, Error>>
    where
        Self::Model: methods::SaveOrLoad<Conn, T> + Diff + Clone,
    {
        Box::pin(methods::SaveOrLoad::save_or_load_tracked(
            self.tracked(),
            conn,
        ))
    }

    /// Saves the value whatever the version of the row: **overwrites what others have changed**.
    ///
    /// As the [blocking one](crate::TrackedDsl::force_save).
    fn force_save<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self::Model: methods::ForceSave<Conn> + Diff + Clone,
    {
        Box::pin(methods::ForceSave::force_save_tracked(self.tracked(), conn))
    }

    /// Advances the version of the row, and nothing else.
    ///
    /// As the [blocking one](crate::TrackedDsl::touch_checked).
    fn touch_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<(), Error>>
    where
        Self::Model: methods::Touch<Conn>,
    {
        Box::pin(methods::Touch::touch_tracked(self.tracked(), conn))
    }

    /// Inserts the value if it was never stored, and saves it otherwise.
    ///
    /// As the [blocking one](crate::TrackedDsl::upsert_checked).
    fn upsert_checked<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Upserted, Error>>
    where
        Self::Model: methods::Upsert<Conn> + Diff + Clone,
    {
        Box::pin(methods::Upsert::upsert_tracked(self.tracked(), conn))
    }

    /// Replaces value and base by the row as it is now.
    ///
    /// As the [blocking one](crate::TrackedDsl::refresh).
    fn refresh<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Refreshed<Self::Model>, Error>>
    where
        Self::Model: methods::Refresh<Conn> + Clone,
    {
        Box::pin(methods::Refresh::refresh_tracked(self.tracked(), conn))
    }
}

impl<M: Versioned, Conn> TrackedDsl<Conn> for Tracked<M> {}

/// The operation on a [`Tracked`] value whose table has no version ([`Unversioned`](crate::Unversioned)), on the async connection
/// `Conn`: that of [`optlock::UnversionedDsl`](crate::UnversionedDsl).
pub trait UnversionedDsl<Conn>: IsTracked {
    /// Saves a value whose table has **no version**, if the row still is what it was when the value was loaded.
    ///
    /// As the [blocking one](crate::UnversionedDsl::save_unchanged).
    fn save_unchanged<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model: methods::SaveUnchanged<Conn> + Clone,
    {
        Box::pin(methods::SaveUnchanged::save_unchanged_tracked(
            self.tracked(),
            conn,
        ))
    }
}

impl<M, Conn> UnversionedDsl<Conn> for Tracked<M> {}
