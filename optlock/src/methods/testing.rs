//! The table of the checks of the test kit: see [`operations`](super::table).

/// States each check once, for the macro `$face`.
macro_rules! testing_operations {
    ($face:ident) => {
        $face! {
            /// Can the model be checked on the connection `C`? See
            /// [`assert_versioned`](crate::testing::assert_versioned) and
            /// [`assert_scoped`](crate::testing::assert_scoped).
            #[unimplemented(
                message = "`{Self}` cannot be checked by the test kit through `{C}`",
                label = "needs `#[derive(Clone, Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded: check one of the same table that does not",
                note = "an impl of `Versioned` by hand needs `VersionedColumns` too",
                note = "if `save_checked`, `touch_checked`, `delete_checked` or `save_all_checked` does not compile either, its message says more"
            )]
            #[diagnostic::do_not_recommend]
            trait CheckVersioned<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: SavesMany<M>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                for<'a> &'a M: InColumns<M>,
                M: PlayedOn<Via<C>>,
                M: SavedTogetherOn<Via<C>>,
                Answers: ReadableOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                #[doc(hidden)]
                fn check_versioned [&self] () -> Result<(), Broken>
                    = rules::check_versioned;

                #[doc(hidden)]
                fn check_scoped [scoping: &Scoping<Self>] () -> Result<(), Broken>
                    = rules::check_scoped;
            }

            /// Can the merge of the model be checked on the connection `C`? See
            /// [`assert_merges`](crate::testing::assert_merges).
            #[unimplemented(
                message = "the merge of `{Self}` cannot be checked by the test kit through `{C}`",
                label = "needs `#[derive(Clone, Diff, Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded, so it cannot be merged",
                note = "if they are derived, this database does not store the type of a field"
            )]
            trait CheckMerges<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: Clone + Diff,
                M: SavedOn<Via<C>> + MergedOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                #[doc(hidden)]
                fn check_merges [merging: &Merging<Self>] () -> Result<(), Broken>
                    = rules::check_merges;
            }
        }
    };
}

pub(crate) use testing_operations;
