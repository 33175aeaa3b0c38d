//! The table of the saves of what a page has shown: see [`operations`](super::table). `Shown` is the page
//! that was shown, and what makes it again on that kind of connections.

/// States each once, for the macro `$face`.
macro_rules! page_operations {
    ($face:ident) => {
        $face! {
            /// Can the model be saved on the connection `C` if the page is up to date? See
            /// [`FingerprintDsl::save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged).
            #[unimplemented(
                message = "`{Self}` cannot be locked, loaded and saved through `{C}`",
                label = "needs `#[derive(Clone, Fingerprint, Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded",
                note = "if `save_checked` does not compile either, its message says more"
            )]
            trait SaveIfUnchanged<C>: (Versioned + FingerprintRow + Clone) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: Versioned + FingerprintRow + Clone,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOn<Via<C>>,
                M: ReadRow<OfAll<M>, Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                #[doc(hidden)]
                fn save_if_unchanged [&mut self] (shown: Shown<'_, '_, C, Self>) -> Result<(), Stopped>
                    = pages::value::save_if_unchanged;

                #[doc(hidden)]
                fn save_tracked_if_unchanged [tracked: &mut Tracked<Self>] (shown: Shown<'_, '_, C, Self>)
                    -> Result<Saved, Stopped>
                    where (Self: Diff) = pages::tracked::save_if_unchanged;
            }

            /// Can the model, whose table has no version, be saved on the connection `C` if the page is up to
            /// date? See
            /// [`UnversionedFingerprintDsl::save_if_unchanged`](crate::UnversionedFingerprintDsl::save_if_unchanged).
            #[unimplemented(
                message = "`{Self}` cannot be locked, loaded and saved through `{C}`",
                label = "needs `#[derive(Clone, Diff, Fingerprint, Queryable, Selectable, Unversioned)]`",
                note = "a struct that borrows cannot be loaded",
                note = "if `save_unchanged` does not compile either, its message says more"
            )]
            trait SaveUnversionedIfUnchanged<C>: (Unversioned + FingerprintRow + Clone) for M: Unversioned where (
                C: Connected,
                C: OnDialect,
                M: Unversioned + FingerprintRow + Diff + Clone,
                M: for<'a> UpdateRow<'a, Update: Sized>,
                M: SavedUnchangedOn<Via<C>>,
            ) sendable (M: Send + Sync) {
                #[doc(hidden)]
                fn save_tracked_if_unchanged [tracked: &mut Tracked<Self>] (shown: Shown<'_, '_, C, Self>)
                    -> Result<Saved, Stopped>
                    = pages::unversioned::save_if_unchanged;
            }
        }
    };
}

pub(crate) use page_operations;
