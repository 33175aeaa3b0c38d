//! The table of the operations on leases: see [`operations`](super::table).

/// States each operation once, for the macro `$face`.
macro_rules! lease_operations {
    ($face:ident) => {
        $face! {
            /// Can a lease of the model's row be acquired on the connection `C`? See
            /// [`LeaseDsl::acquire`](crate::LeaseDsl::acquire).
            #[unimplemented(
                message = "no lease of a row of `{Self}` can be acquired through `{C}`",
                label = "needs `#[derive(Queryable, Selectable)]`",
                note = "the row is read first: its key, as the database spells it, names the lease",
                note = "if they are derived, this database does not store the type of a field"
            )]
            trait AcquireLease<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: LeaseConnection,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: LeasableOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                #[doc(hidden)]
                fn acquire_lease [&self] (request: LeaseRequest<'_>) -> Result<Lease, Error>
                    = lease::acquire;
            }

            /// Can the lease of the model's row be looked up on the connection `C`, and who looks at the row? See
            /// [`LeasedDsl::lease_status`](crate::LeasedDsl::lease_status).
            #[unimplemented(
                message = "the lease of a row of `{Self}` cannot be looked up through `{C}`",
                label = "this database cannot name the table of `{Self}`"
            )]
            trait LookUpLease<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: LeaseConnection,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: NamesTable<<Via<C> as Executes>::Backend>,
            ) sendable (M: Send + Sync) {
                /// See [`LeasedDsl::lease_status`](crate::LeasedDsl::lease_status).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::lease_status`](crate::LeasedDsl::lease_status).
                fn lease_status [&self] () -> Result<RowStatus, Error>
                    = lease::lease_status;

                /// See [`LeasedSliceDsl::lease_statuses`](crate::LeasedSliceDsl::lease_statuses).
                ///
                /// # Errors
                ///
                /// As [`LeasedSliceDsl::lease_statuses`](crate::LeasedSliceDsl::lease_statuses).
                fn lease_statuses [models: &[Self]] () -> Result<Vec<RowStatus>, Error>
                    = lease::lease_statuses;

                /// See [`LeasedDsl::ask_for_lease`](crate::LeasedDsl::ask_for_lease).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::ask_for_lease`](crate::LeasedDsl::ask_for_lease).
                fn ask_for_lease [&self] (who: &str) -> Result<Option<LeaseStatus>, Error>
                    = lease::ask_for_lease;

                /// See [`LeasedDsl::viewing`](crate::LeasedDsl::viewing).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::viewing`](crate::LeasedDsl::viewing).
                fn viewing [&self] (who: &str, page: &str, ttl: Duration) -> Result<(), Error>
                    = lease::viewing;

                /// See [`LeasedDsl::stop_viewing`](crate::LeasedDsl::stop_viewing).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::stop_viewing`](crate::LeasedDsl::stop_viewing).
                fn stop_viewing [&self] (who: &str, page: &str) -> Result<(), Error>
                    = lease::stop_viewing;

                /// See [`LeaseDsl::resume`](crate::LeaseDsl::resume).
                ///
                /// # Errors
                ///
                /// As [`LeaseDsl::resume`](crate::LeaseDsl::resume).
                fn resume_lease [&self] (token: &str, time: LeaseTime) -> Result<Lease, Error>
                    = lease::resume;
            }

            /// Can the model be saved under a lease on the connection `C`? See
            /// [`LeasedDsl::save_leased`](crate::LeasedDsl::save_leased).
            #[unimplemented(
                message = "`{Self}` cannot be saved under a lease through `{C}`",
                label = "this database does not store the type of a field",
                note = "if `save_checked` does not compile either, its message says more"
            )]
            trait SaveLeased<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: LeaseConnection,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedLeasedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`LeasedDsl::save_leased`](crate::LeasedDsl::save_leased).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::save_leased`](crate::LeasedDsl::save_leased).
                fn save_leased [&mut self] (lease: &Lease) -> Result<(), Error>
                    = lease::save_leased;

                /// See [`LeasedDsl::save_and_release`](crate::LeasedDsl::save_and_release).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::save_and_release`](crate::LeasedDsl::save_and_release).
                fn save_and_release [&mut self] (lease: &mut Lease) -> Result<(), Error>
                    = lease::save_and_release;
            }

            /// Can the row be deleted under a lease on the connection `C`? See
            /// [`LeasedDsl::delete_leased`](crate::LeasedDsl::delete_leased).
            #[unimplemented(
                message = "a row of `{Self}` cannot be deleted under a lease through `{C}`",
                label = "this database does not store the type of a field",
                note = "if `delete_checked` does not compile either, its message says more"
            )]
            trait DeleteLeased<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: LeaseConnection,
                M: Versioned<Key: KeyText, Scope: KeyText>,
                M: DeletedLeasedOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                /// See [`LeasedDsl::delete_leased`](crate::LeasedDsl::delete_leased).
                ///
                /// # Errors
                ///
                /// As [`LeasedDsl::delete_leased`](crate::LeasedDsl::delete_leased).
                fn delete_leased [&self] (lease: &Lease) -> Result<(), Error>
                    = lease::delete_leased;
            }
        }
    };
}

pub(crate) use lease_operations;
