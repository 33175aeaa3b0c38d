//! The saves of what a page has shown, on an async connection.

use super::methods;
use crate::diesel_async::{AsyncTransactionConnection, Body, Sending};
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Waiting, Wire};
use crate::fingerprint::{Fingerprint, FingerprintBuilder, FingerprintRow};
use crate::operation::{SAVE_IF_UNCHANGED, Saved};
use crate::seal::Seal;
use crate::tracked::{IsTracked, Tracked};
use crate::transaction::{Failure, TransactionOptions, Unit};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use std::future::Future;

/// The save of a value that a page has shown beside other things, on the async connection `Conn`: that of
/// [`optlock::FingerprintDsl`](crate::FingerprintDsl).
pub trait FingerprintDsl<Conn>: Versioned + Sized {
    /// Saves the value, if all that the page has shown is still so.
    ///
    /// As the [blocking one](crate::FingerprintDsl::save_if_unchanged). What becomes of it when the future is
    /// dropped is described at [`transaction`](crate::diesel_async::transaction()).
    fn save_if_unchanged<'a, 's: 'a, F>(
        &'a mut self,
        fingerprint: &'a str,
        seal: &'s Seal<'s>,
        conn: &'a mut Conn,
        page: F,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::SaveIfUnchanged<Conn> + methods::Save<Conn> + Send,
        Conn: AsyncTransactionConnection,
        for<'c> F: AsyncFn(&'c mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>
            + Body<&'c mut Conn, FingerprintBuilder<'s>, Result<FingerprintBuilder<'s>, Error>>
            + Send
            + Sync
            + 'a,
    {
        Box::pin(save::<ByVersion, _, _, _>(
            self,
            fingerprint,
            seal,
            conn,
            page,
        ))
    }
}

impl<M: Versioned, Conn> FingerprintDsl<Conn> for M {}

/// The save of a [`Tracked`] value that a page has shown, on the async connection `Conn`: that of
/// [`optlock::TrackedFingerprintDsl`](crate::TrackedFingerprintDsl). `Model` is the `M` of `Tracked<M>`.
pub trait TrackedFingerprintDsl<Conn>: IsTracked {
    /// Saves the value, if all that the page has shown is still so, or nothing if nothing has changed.
    ///
    /// As the [blocking one](crate::TrackedFingerprintDsl::save_if_unchanged).
    fn save_if_unchanged<'a, 's: 'a, F>(
        &'a mut self,
        fingerprint: &'a str,
        seal: &'s Seal<'s>,
        conn: &'a mut Conn,
        page: F,
    ) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model: methods::SaveIfUnchanged<Conn> + methods::Save<Conn> + Diff + Send + 'a,
        Conn: AsyncTransactionConnection,
        for<'c> F: AsyncFn(&'c mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>
            + Body<&'c mut Conn, FingerprintBuilder<'s>, Result<FingerprintBuilder<'s>, Error>>
            + Send
            + Sync
            + 'a,
    {
        Box::pin(save::<ByVersion, _, _, _>(
            self.tracked(),
            fingerprint,
            seal,
            conn,
            page,
        ))
    }
}

impl<M: Versioned, Conn> TrackedFingerprintDsl<Conn> for Tracked<M> {}

/// The save of a [`Tracked`] value whose table has no version, and which a page has shown, on the async
/// connection `Conn`: that of [`optlock::UnversionedFingerprintDsl`](crate::UnversionedFingerprintDsl). `Model`
/// is the `M` of `Tracked<M>`.
pub trait UnversionedFingerprintDsl<Conn>: IsTracked {
    /// Saves the columns that have changed, if all that the page has shown is still so.
    ///
    /// As the [blocking one](crate::UnversionedFingerprintDsl::save_if_unchanged).
    fn save_if_unchanged<'a, 's: 'a, F>(
        &'a mut self,
        fingerprint: &'a str,
        seal: &'s Seal<'s>,
        conn: &'a mut Conn,
        page: F,
    ) -> Sending<'a, Result<Saved, Error>>
    where
        Self::Model:
            methods::SaveUnversionedIfUnchanged<Conn> + methods::SaveUnchanged<Conn> + Send + 'a,
        Conn: AsyncTransactionConnection,
        for<'c> F: AsyncFn(&'c mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>
            + Body<&'c mut Conn, FingerprintBuilder<'s>, Result<FingerprintBuilder<'s>, Error>>
            + Send
            + Sync
            + 'a,
    {
        Box::pin(save::<ByBase, _, _, _>(
            self.tracked(),
            fingerprint,
            seal,
            conn,
            page,
        ))
    }
}

impl<M: Unversioned, Conn> UnversionedFingerprintDsl<Conn> for Tracked<M> {}

/// What a save compares beside the fingerprint: the version.
struct ByVersion;

/// What a save compares beside the fingerprint: the base.
struct ByBase;

/// A value that a page has shown: how its row is loaded, and how it is saved.
trait OnPage<C, How>: Clone + Send {
    /// The row.
    type Row: FingerprintRow;
    /// The result of the save.
    type Saved: Send;

    /// Locks the row, and loads it.
    fn lock_and_load(&self, conn: &mut C) -> impl Future<Output = Result<Self::Row, Error>> + Send;

    /// Saves the value.
    fn save(&mut self, conn: &mut C) -> impl Future<Output = Result<Self::Saved, Error>> + Send;
}

impl<M, C> OnPage<C, ByVersion> for M
where
    M: methods::SaveIfUnchanged<C> + methods::Save<C> + Send,
{
    type Row = M;
    type Saved = ();

    fn lock_and_load(&self, conn: &mut C) -> impl Future<Output = Result<M, Error>> + Send {
        methods::SaveIfUnchanged::lock_and_load(self, conn)
    }

    fn save(&mut self, conn: &mut C) -> impl Future<Output = Result<(), Error>> + Send {
        methods::Save::save_checked(self, conn)
    }
}

impl<M, C> OnPage<C, ByVersion> for Tracked<M>
where
    M: methods::SaveIfUnchanged<C> + methods::Save<C> + Diff + Send,
{
    type Row = M;
    type Saved = Saved;

    fn lock_and_load(&self, conn: &mut C) -> impl Future<Output = Result<M, Error>> + Send {
        methods::SaveIfUnchanged::lock_and_load(&**self, conn)
    }

    fn save(&mut self, conn: &mut C) -> impl Future<Output = Result<Saved, Error>> + Send {
        methods::Save::save_tracked(self, conn)
    }
}

impl<M, C> OnPage<C, ByBase> for Tracked<M>
where
    M: methods::SaveUnversionedIfUnchanged<C> + methods::SaveUnchanged<C> + Send,
{
    type Row = M;
    type Saved = Saved;

    fn lock_and_load(&self, conn: &mut C) -> impl Future<Output = Result<M, Error>> + Send {
        methods::SaveUnversionedIfUnchanged::lock_and_load(&**self, conn)
    }

    fn save(&mut self, conn: &mut C) -> impl Future<Output = Result<Saved, Error>> + Send {
        methods::SaveUnchanged::save_unchanged_tracked(self, conn)
    }
}

/// Saves the value in a transaction that is no part of another one, and puts it back if that is rolled
/// back.
async fn save<'s, How, V, C, F>(
    mut value: &mut V,
    fingerprint: &str,
    seal: &'s Seal<'s>,
    conn: &mut C,
    page: F,
) -> Result<V::Saved, Error>
where
    V: OnPage<C, How>,
    C: AsyncTransactionConnection,
    for<'c> F: AsyncFn(&'c mut C, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>
        + Body<&'c mut C, FingerprintBuilder<'s>, Result<FingerprintBuilder<'s>, Error>>,
{
    let options = TransactionOptions::new().immediate().on_newest_rows();
    let opening = options
        .opening(&mut Wire::<Waiting<C>>::new(conn), SAVE_IF_UNCHANGED)
        .await?;
    let mut unit = Unit::<Waiting<C>, _>::new(&opening, conn, &mut value);
    unit.begin().await?;
    let (conn, value) = unit.lend();
    let saved = async {
        let row = value.lock_and_load(conn).await?;
        let parts = Fingerprint::builder(seal).row(&row);
        drop(row);
        page(conn, parts).await?.verify(fingerprint)?;
        value.save(conn).await
    };
    let saved = saved.await;
    let ended = unit.end(saved.is_ok()).await;
    Failure::or(saved, ended).map_err(Failure::into_error_of_operation::<C::Backend>)
}
