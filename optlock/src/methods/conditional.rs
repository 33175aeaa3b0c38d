//! The table of the writes with an `If-Match`: see [`operations`](super::table).

/// States each operation once, for the macro `$face`.
macro_rules! conditional_operations {
    ($face:ident) => {
        $face! {
            /// Can the model be saved with an `If-Match` on the connection `C`? See
            /// [`ConditionalDsl::save_if_match`](crate::ConditionalDsl::save_if_match).
            #[unimplemented(
                message = "`{Self}` cannot be saved with an `If-Match` through `{C}`",
                label = "this database does not store the type of a field",
                note = "if `save_checked` does not compile either, its message says more"
            )]
            trait SaveIfMatch<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`ConditionalDsl::save_if_match`](crate::ConditionalDsl::save_if_match).
                ///
                /// # Errors
                ///
                /// As [`ConditionalDsl::save_if_match`](crate::ConditionalDsl::save_if_match).
                fn save_if_match [&mut self] (if_match: &IfMatch) -> Result<(), Failure>
                    = http::save_if_match;
            }

            /// Can the model's version be moved on with an `If-Match` on the connection `C`? See
            /// [`ConditionalDsl::touch_if_match`](crate::ConditionalDsl::touch_if_match).
            #[unimplemented(
                message = "`{Self}` cannot be touched with an `If-Match` through `{C}`",
                label = "this database does not store the type of its version, key or audit stamp",
                note = "if `touch_checked` does not compile either, its message says more"
            )]
            trait TouchIfMatch<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: TouchedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`ConditionalDsl::touch_if_match`](crate::ConditionalDsl::touch_if_match).
                ///
                /// # Errors
                ///
                /// As [`ConditionalDsl::touch_if_match`](crate::ConditionalDsl::touch_if_match).
                fn touch_if_match [&mut self] (if_match: &IfMatch) -> Result<(), Failure>
                    = http::touch_if_match;
            }

            /// Can the model's row be deleted with an `If-Match` on the connection `C`? See
            /// [`ConditionalDsl::delete_if_match`](crate::ConditionalDsl::delete_if_match).
            #[unimplemented(
                message = "`{Self}` cannot be deleted with an `If-Match` through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "if `delete_checked` does not compile either, its message says more"
            )]
            trait DeleteIfMatch<C>: (Versioned) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: DeletedOn<Via<C>> + DeletedByForceOn<Via<C>>,
            ) sendable (M: Sync, M::Version: Send + Sync) {
                /// See [`ConditionalDsl::delete_if_match`](crate::ConditionalDsl::delete_if_match).
                ///
                /// # Errors
                ///
                /// As [`ConditionalDsl::delete_if_match`](crate::ConditionalDsl::delete_if_match).
                fn delete_if_match [&self] (if_match: &IfMatch) -> Result<(), Failure>
                    = http::delete_if_match;
            }
        }
    };
}

pub(crate) use conditional_operations;
