//! The saves of what a page has shown, on an async connection.

use super::methods;
use crate::diesel_async::{AsyncTransactionConnection, PageBody, Sending};
use crate::diff::Diff;
use crate::error::Error;
use crate::fingerprint::FingerprintBuilder;
use crate::operation::Saved;
use crate::page::{MakePage, MakingPage, PageShown, Stopped};
use crate::seal::Seal;
use crate::tracked::{IsTracked, Tracked};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;

/// A trait with a `save_if_unchanged`: of which value, what its model needs, and which method of
/// [`methods`] saves it.
macro_rules! saves_if_unchanged {
    ($(
        $(#[doc = $of_trait:literal])*
        trait $Dsl:ident: ($($Super:tt)+) for ($M:ident: $Facts:ident) $Value:ty;
        $(#[doc = $of_method:literal])*
        fn save_if_unchanged($subject:ident: $Model:ty) -> $Saved:ty
            where ($($needs:tt)+) = $Operation:ident::$method:ident;
    )+) => {$(
        $(#[doc = $of_trait])*
        pub trait $Dsl<Conn>: $($Super)+ {
            $(#[doc = $of_method])*
            fn save_if_unchanged<'a, 's: 'a, F>(
                &'a mut self,
                fingerprint: &'a str,
                seal: &'s Seal<'s>,
                conn: &'a mut Conn,
                page: F,
            ) -> Sending<'a, Result<$Saved, Error>>
            where
                $Model: methods::$Operation<Conn> + $($needs)+ + 'a,
                Conn: AsyncTransactionConnection,
                for<'c, 'r> F: AsyncFn(
                        &'c mut Conn,
                        FingerprintBuilder<'s>,
                        &'r $Model,
                    ) -> Result<FingerprintBuilder<'s>, Error>
                    + PageBody<
                        &'c mut Conn,
                        FingerprintBuilder<'s>,
                        &'r $Model,
                        Result<FingerprintBuilder<'s>, Error>,
                    > + Send
                    + Sync
                    + 'a,
            {
                let value = subject!($subject self);
                Box::pin(async move {
                    let page: &(dyn MakePage<'s, Conn, $Model> + Sync) = &Waits(page);
                    let shown = PageShown::new(fingerprint, seal, page);
                    let saved = methods::$Operation::$method(value, shown, conn).await;
                    saved.map_err(Stopped::into_error)
                })
            }
        }

        impl<$M: $Facts, Conn> $Dsl<Conn> for $Value {}
    )+};
}

/// The value that is saved.
macro_rules! subject {
    (value $this:ident) => {
        $this
    };
    (tracked $this:ident) => {
        $this.tracked()
    };
}

saves_if_unchanged! {
    /// The save of a value that a page has shown beside other things, on the async connection `Conn`: that of
    /// [`optlock::FingerprintDsl`](crate::FingerprintDsl).
    trait FingerprintDsl: (Versioned + Sized) for (M: Versioned) M;
    /// Saves the value, if all that the page has shown is still so.
    ///
    /// As the [blocking one](crate::FingerprintDsl::save_if_unchanged), with an async closure:
    /// `async |conn, page, row| Ok(page)`.
    ///
    /// **Dropped** while it waits, it puts the value back and sets the connection in error, as
    /// [`transaction`](crate::diesel_async::transaction()) does. A COMMIT that was sent may have landed.
    fn save_if_unchanged(value: Self) -> ()
        where (Send + Sync) = SaveIfUnchanged::save_if_unchanged;

    /// The save of a [`Tracked`] value that a page has shown, on the async connection `Conn`: that of
    /// [`optlock::TrackedFingerprintDsl`](crate::TrackedFingerprintDsl). `Model` is the `M` of `Tracked<M>`.
    trait TrackedFingerprintDsl: (IsTracked) for (M: Versioned) Tracked<M>;
    /// Saves the value, if all that the page has shown is still so, or nothing if nothing has changed.
    ///
    /// As the [blocking one](crate::TrackedFingerprintDsl::save_if_unchanged).
    fn save_if_unchanged(tracked: Self::Model) -> Saved
        where (Diff + Send + Sync) = SaveIfUnchanged::save_tracked_if_unchanged;

    /// The save of a [`Tracked`] value whose table has no version, and which a page has shown, on the async
    /// connection `Conn`: that of [`optlock::UnversionedFingerprintDsl`](crate::UnversionedFingerprintDsl). `Model`
    /// is the `M` of `Tracked<M>`.
    trait UnversionedFingerprintDsl: (IsTracked) for (M: Unversioned) Tracked<M>;
    /// Saves the columns that have changed, if all that the page has shown is still so.
    ///
    /// As the [blocking one](crate::UnversionedFingerprintDsl::save_if_unchanged).
    fn save_if_unchanged(tracked: Self::Model) -> Saved
        where (Send + Sync) = SaveUnversionedIfUnchanged::save_tracked_if_unchanged;
}

/// A closure that is waited for.
struct Waits<F>(F);

impl<'s, C, M, F> MakePage<'s, C, M> for Waits<F>
where
    for<'c, 'r> F:
        PageBody<&'c mut C, FingerprintBuilder<'s>, &'r M, Result<FingerprintBuilder<'s>, Error>>,
{
    fn make<'p>(
        &'p self,
        page: FingerprintBuilder<'s>,
        row: &'p M,
        conn: &'p mut C,
    ) -> MakingPage<'p, 's>
    where
        's: 'p,
    {
        Box::pin((self.0)(conn, page, row))
    }
}
