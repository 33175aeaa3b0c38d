//! The table of operations.

/// States each operation once, for the macro `$face`, which makes the traits and their impls.
///
/// An entry states the trait with its docs and the message of the compiler; what a model needs, beginning with
/// the connection; and each method: receiver, arguments, result, and the function that holds the logic. The
/// connection is the last argument of each. What differs between blocking and async connections is named where the
/// table is used: `Connected`, the connections; `OnDialect`, those to a database that optlock knows; `SavesMany` and
/// `DeletesMany`, those that write batches; `Rest`, an iterator of rows; and `Via<C>`, how they execute. What async connections need besides is
/// `sendable`. An attribute behind the message is that of the impl.
macro_rules! operations {
    ($face:ident) => {
        $face! {
            /// Can the model be saved with a version check on the connection `C`? See
            /// [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn rename<M, C>(model: &mut M, rename: impl FnOnce(&mut M), conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::Save<C>,
            /// {
            ///     rename(model);
            ///     model.save_checked(conn)
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// rename(&mut ann, |ann| ann.name = "Ann B.".into(), conn)?;
            /// assert_eq!(ann.version, 2);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "a field of `{Self}` cannot be stored through `{C}`",
                label = "this database does not store the type of a field",
                note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait Save<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
                fn save_checked [&mut self] () -> Result<(), Error>
                    = operation::save_checked;

                #[doc(hidden)]
                fn save_attempt [attempt: &mut Attempt<'_, Self>] () -> Result<Saved, Error>
                    = operation::save_attempt;

                #[doc(hidden)]
                fn save_tracked [tracked: &mut Tracked<Self>] () -> Result<Saved, Error>
                    where (Self: Diff + Clone) = tracked::save_checked;
            }

            /// Can the model be saved, and its row be loaded as a `T`, on the connection `C`? See
            /// [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load) and
            /// [`save_or_load_as`](crate::VersionedDsl::save_or_load_as).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn current<M, C>(mut model: M, conn: &mut C) -> Result<Option<M>, optlock::Error>
            /// where
            ///     M: methods::SaveOrLoad<C>,
            /// {
            ///     Ok(match model.save_or_load(conn)? {
            ///         optlock::Outcome::Saved => Some(model),
            ///         optlock::Outcome::Changed(theirs) => Some(theirs),
            ///         optlock::Outcome::Missing => None,
            ///     })
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// assert_eq!(current(ann, conn)?.map(|ann| ann.version), Some(2));
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be saved and loaded as `{T}`",
                label = "`{T}` needs `#[derive(Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded: name one that does not, `save_or_load_as::<Contact>(conn)`, or use `save_checked`",
                note = "if they are derived, this database does not store the type of a field, its key or scope is not `Send + Sync + 'static`, or `{T}` is of another table"
            )]
            trait SaveOrLoad<C, T = Self>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOrLoadedOn<Via<C>, T>,
            ) sendable (M: Send, M::Version: Send + Sync, T: Send) {
                /// See [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
                fn save_or_load [&mut self] () -> Result<Outcome<T>, Error>
                    = operation::save_or_load;

                #[doc(hidden)]
                fn save_or_load_tracked [tracked: &mut Tracked<Self>] () -> Result<Outcome<T>, Error>
                    where (Self: Diff + Clone) = tracked::save_or_load;
            }

            /// Can the model be saved with a merge on the connection `C`? See
            /// [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::{Error, methods};
            ///
            /// fn edit<M, C>(mut model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
            /// where
            ///     M: methods::SaveMerged<C> + Clone,
            /// {
            ///     let base = model.clone();
            ///     edit(&mut model);
            ///     model.save_merged(&base, conn)?;
            ///     Ok(model)
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// # diesel::update(contacts::table).set((contacts::name.eq("Ann B."), contacts::version.eq(2))).execute(conn)?;
            /// assert_eq!(edit(ann, |ann| ann.email = None, conn)?.name, "Ann B.");
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be saved with a merge",
                label = "needs `#[derive(Clone, Diff, Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded, so it cannot be merged",
                note = "if they are derived, this database does not store the type of a field, or its key or scope is not `Send + Sync + 'static`"
            )]
            trait SaveMerged<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: MergedOn<Via<C>> + Diff + Clone,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                /// See [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
                fn save_merged [&mut self] (base: &Self) -> Result<Vec<Field>, Error>
                    = operation::save_merged;

                #[doc(hidden)]
                fn save_merged_tracked [tracked: &mut Tracked<Self>] () -> Result<Vec<Field>, Error>
                    where (Self: Clone) = tracked::save_merged;
            }

            /// Can the changed columns of the model be saved on the connection `C`? See
            /// [`TrackedDsl::save_changed`](crate::TrackedDsl::save_changed).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::{Error, Tracked, methods};
            ///
            /// fn edit<M, C>(model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
            /// where
            ///     M: methods::SaveChanged<C> + Clone,
            /// {
            ///     let mut model = Tracked::new(model);
            ///     edit(&mut model);
            ///     model.save_changed(conn)?;
            ///     Ok(model.into_inner())
            /// }
            /// # fn main() -> Result<(), Error> {
            /// # let conn = &mut establish_connection();
            /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// assert_eq!(edit(ann, |ann| ann.email = None, conn)?.version, 2);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "the changed columns of `{Self}` cannot be saved through `{C}`",
                label = "needs `#[derive(Clone, Diff)]`",
                note = "if they are derived, this database does not store the type of a field, its key or scope is not `Send + Sync + 'static`, or there are too many fields",
                note = "a changeset has up to 64 columns here, and is derived"
            )]
            trait SaveChanged<C>: (Save<C>) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: Diff + Save<C> + SavedOn<Via<C>> + ChangesSavedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                #[doc(hidden)]
                fn save_changed_tracked [tracked: &mut Tracked<Self>] () -> Result<Saved, Error>
                    where (Self: Clone) = tracked::save_changed;
            }

            /// Can the model, whose table has no version, be saved on the connection `C` if no other client has
            /// changed it? See [`UnversionedDsl::save_unchanged`](crate::UnversionedDsl::save_unchanged).
            ///
            /// ```
            /// # use diesel::prelude::*;
            /// # use optlock::prelude::*;
            /// use optlock::{Error, Tracked, Unversioned, methods};
            ///
            /// fn edit<M, C>(model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
            /// where
            ///     M: methods::SaveUnchanged<C> + Clone,
            /// {
            ///     let mut model = Tracked::new(model);
            ///     edit(&mut model);
            ///     model.save_unchanged(conn)?;
            ///     Ok(model.into_inner())
            /// }
            /// # diesel::table! { notes { id -> Integer, text -> Text, } }
            /// # #[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
            /// # struct Note { id: i32, text: String }
            /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let conn = &mut SqliteConnection::establish(":memory:")?;
            /// # diesel::sql_query("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").execute(conn)?;
            /// # diesel::sql_query("INSERT INTO notes VALUES (1, '')").execute(conn)?;
            /// # let note: Note = notes::table.find(1).select(Note::as_select()).first(conn)?;
            /// edit(note, |note| note.text = "new".into(), conn)?;
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be loaded, compared and saved",
                label = "needs `#[derive(Clone, Diff, Queryable, Selectable, Unversioned)]`",
                note = "a struct that borrows cannot be loaded, and one with `serialize_as` or more than 64 columns cannot be saved so",
                note = "if they are derived, this database does not store the type of a field, or its key or scope is not `Send + Sync + 'static`"
            )]
            trait SaveUnchanged<C>: (Sized) for M: Unversioned where (
                C: Connected,
                C: OnDialect,
                M: Unversioned + Diff,
                M: for<'a> UpdateRow<'a, Update: Sized>,
                M: SavedUnchangedOn<Via<C>>,
            ) sendable (M: Send + Sync) {
                #[doc(hidden)]
                fn save_unchanged_tracked [tracked: &mut Tracked<Self>] () -> Result<Saved, Error>
                    where (Self: Clone) = tracked::save_unchanged;
            }

            /// Can the model overwrite whatever is in the row, on the connection `C`? See
            /// [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn save<M, C>(model: &mut M, user_insists: bool, conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::Save<C> + methods::ForceSave<C>,
            /// {
            ///     if user_insists { model.force_save(conn) } else { model.save_checked(conn) }
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// save(&mut ann, true, conn)?;
            /// assert_eq!(ann.version, 2);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "a field of `{Self}` cannot be stored through `{C}`",
                label = "this database does not store the type of a field",
                note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait ForceSave<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
                fn force_save [&mut self] () -> Result<(), Error>
                    = operation::force_save;

                #[doc(hidden)]
                fn force_save_tracked [tracked: &mut Tracked<Self>] () -> Result<(), Error>
                    where (Self: Diff + Clone) = tracked::force_save;
            }

            /// Can the model be inserted or saved on the connection `C`? See
            /// [`VersionedDsl::upsert_checked`](crate::VersionedDsl::upsert_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::{Error, Upserted, methods};
            ///
            /// /// Stores what a client has sent, and returns how many values were new.
            /// fn store_all<M, C>(models: &mut [M], conn: &mut C) -> Result<usize, Error>
            /// where
            ///     M: methods::Upsert<C>,
            /// {
            ///     let mut inserted = 0;
            ///     for model in models {
            ///         if model.upsert_checked(conn)? == Upserted::Inserted {
            ///             inserted += 1;
            ///         }
            ///     }
            ///     Ok(inserted)
            /// }
            ///
            /// #[derive(Insertable, Identifiable, AsChangeset, Versioned)]
            /// #[diesel(table_name = contacts, treat_none_as_default_value = false)]
            /// struct Name {
            ///     id: i32,
            ///     name: String,
            ///     version: i64,
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// let mut names = [
            ///     Name { id: 1, name: "Ann B.".into(), version: 1 },
            ///     Name { id: 3, name: "Ann C.".into(), version: 0 },
            /// ];
            /// assert_eq!(store_all(&mut names, conn)?, 1);
            /// assert_eq!(names.map(|name| name.version), [2, 1]);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "a field of `{Self}` cannot be stored through `{C}`",
                label = "this database does not store the type of a field",
                note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::insert_into(table).values(&model)).to_string()`",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait Upsert<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: Versioned<Version: Unstored>,
                for<'a> &'a M: InsertedValues<M>,
                M: UpsertedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`VersionedDsl::upsert_checked`](crate::VersionedDsl::upsert_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::upsert_checked`](crate::VersionedDsl::upsert_checked).
                fn upsert_checked [&mut self] () -> Result<Upserted, Error>
                    = operation::upsert_checked;

                #[doc(hidden)]
                fn upsert_tracked [tracked: &mut Tracked<Self>] () -> Result<Upserted, Error>
                    where (Self: Diff + Clone) = tracked::upsert_checked;
            }

            /// Can the model's version be moved on with a check on the connection `C`? See
            /// [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn with_its_parts<M, C>(
            ///     root: &mut M,
            ///     conn: &mut C,
            ///     change_parts: impl FnOnce(&mut C) -> Result<(), optlock::Error>,
            /// ) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::Touch<C>,
            /// {
            ///     root.touch_checked(conn)?;
            ///     change_parts(conn)
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// with_its_parts(&mut ann, conn, |_| Ok(()))?;
            /// assert_eq!(ann.version, 2);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be touched through `{C}`",
                label = "this database does not store the type of its version, key or audit stamp",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait Touch<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: TouchedOn<Via<C>>,
            ) sendable (M: Send, M::Version: Send + Sync) {
                /// See [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
                fn touch_checked [&mut self] () -> Result<(), Error>
                    = operation::touch_checked;

                #[doc(hidden)]
                fn touch_tracked [tracked: &mut Tracked<Self>] () -> Result<(), Error>
                    = tracked::touch_checked;
            }

            /// Can the model's row be deleted with a version check on the connection `C`? See
            /// [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn delete_all<M, C>(models: &[M], conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::Delete<C>,
            /// {
            ///     models.iter().try_for_each(|model| model.delete_checked(conn))
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// delete_all(&[ann], conn)?;
            /// assert_eq!(contacts::table.count().get_result(conn), Ok(1));
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be deleted through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait Delete<C>: (Versioned) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: DeletedOn<Via<C>>,
            ) sendable (M: Sync, M::Version: Send + Sync) {
                /// See [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
                fn delete_checked [&self] () -> Result<(), Error>
                    = operation::delete_checked;
            }

            /// Can the model's row be deleted on the connection `C`, whatever its version? See
            /// [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn clear<M, C>(models: Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::ForceDelete<C>,
            /// {
            ///     for model in models {
            ///         model.force_delete(conn)?;
            ///     }
            ///     Ok(())
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let all = contacts::table.select(Contact::as_select()).load(conn)?;
            /// clear(all, conn)?;
            /// assert_eq!(contacts::table.count().get_result(conn), Ok(0));
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be deleted through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait ForceDelete<C>: (Versioned) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: DeletedByForceOn<Via<C>>,
            ) sendable (M: Sync, M::Version: Send + Sync) {
                /// See [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::force_delete`](crate::VersionedDsl::force_delete).
                fn force_delete [&self] () -> Result<bool, Error>
                    = operation::force_delete;
            }

            /// Can the version in memory be compared with the row's on the connection `C`? See
            /// [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn all_current<M, C>(models: &[M], conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::CheckCurrent<C>,
            /// {
            ///     models.iter().try_for_each(|model| model.check_current(conn))
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
            /// all_current(&all, conn)?;
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "the version of `{Self}` cannot be read through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait CheckCurrent<C>: (Versioned) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: ReadRow<OfVersion, Via<C>>,
            ) sendable (M: Sync, M::Version: Send) {
                /// See [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::check_current`](crate::VersionedDsl::check_current).
                fn check_current [&self] () -> Result<(), Error>
                    = operation::check_current;
            }

            /// Can the model's row be locked on the connection `C`? See
            /// [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn while_locked<M, R>(
            ///     model: &M,
            ///     conn: &mut SqliteConnection,
            ///     body: impl Fn(&mut SqliteConnection) -> Result<R, optlock::Error>,
            /// ) -> Result<R, optlock::Error>
            /// where
            ///     M: methods::LockRow<SqliteConnection>,
            /// {
            ///     optlock::transaction(conn, (), |conn, ()| {
            ///         model.lock_checked(conn)?;
            ///         body(conn)
            ///     })
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// while_locked(&ann, conn, |_| Ok(()))?;
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "the version of `{Self}` cannot be read through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait LockRow<C>: (Versioned) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: ReadRow<OfVersion, Via<C>>,
            ) sendable (M: Sync, M::Version: Send) {
                /// See [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::lock_checked`](crate::VersionedDsl::lock_checked).
                fn lock_checked [&self] () -> Result<(), Error>
                    = operation::lock_checked;
            }

            /// Can the row of the model be loaded as a `T` on the connection `C`? See
            /// [`VersionedDsl::load_current`](crate::VersionedDsl::load_current) and
            /// [`load_current_as`](crate::VersionedDsl::load_current_as).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn is_there<M, C>(model: &M, conn: &mut C) -> Result<bool, optlock::Error>
            /// where
            ///     M: methods::LoadCurrent<C>,
            /// {
            ///     Ok(model.load_current(conn)?.is_some())
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// assert!(is_there(&ann, conn)?);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be loaded as `{T}`",
                label = "`{T}` needs `#[derive(Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded: name one that does not, `load_current_as::<Contact>(conn)`",
                note = "if they are derived, this database does not store the type of a field, its key or scope is not `Send + Sync + 'static`, or `{T}` is of another table"
            )]
            trait LoadCurrent<C, T = Self>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: ReadRow<OfAll<T>, Via<C>>,
            ) sendable (M: Sync, T: Send) {
                /// See [`VersionedDsl::load_current_as`](crate::VersionedDsl::load_current_as).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::load_current_as`](crate::VersionedDsl::load_current_as).
                fn load_current [&self] () -> Result<Option<T>, Error>
                    = operation::load_current;
            }

            /// Can the model be refreshed on the connection `C`? See
            /// [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::{Refreshed, methods};
            ///
            /// /// Refreshes them all, and drops those that are gone.
            /// fn refresh_all<M, C>(models: &mut Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::Refresh<C>,
            /// {
            ///     let mut left = Vec::new();
            ///     for mut model in models.drain(..) {
            ///         match model.refresh(conn)? {
            ///             Refreshed::Missing => {}
            ///             _ => left.push(model),
            ///         }
            ///     }
            ///     *models = left;
            ///     Ok(())
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
            /// # diesel::delete(contacts::table.find(1)).execute(conn)?;
            /// refresh_all(&mut all, conn)?;
            /// assert_eq!(all.len(), 1);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "`{Self}` cannot be refreshed",
                label = "needs `#[derive(PartialEq, Queryable, Selectable)]`",
                note = "`PartialEq` tells whether anything was replaced; without it, use `load_current`",
                note = "a struct that borrows cannot be loaded",
                note = "if they are derived, this database does not store the type of a field, or its key or scope is not `Send + Sync + 'static`"
            )]
            trait Refresh<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: ReadRow<OfAll<M>, Via<C>> + PartialEq,
            ) sendable (M: Send) {
                /// See [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
                ///
                /// # Errors
                ///
                /// As [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
                fn refresh [&mut self] () -> Result<Refreshed<Self>, Error>
                    = operation::refresh;

                #[doc(hidden)]
                fn refresh_tracked [tracked: &mut Tracked<Self>] () -> Result<Refreshed<Self>, Error>
                    where (Self: Clone) = tracked::refresh;
            }

            /// Can it be told on the connection `C` what became of a save of the model? See
            /// [`ResolveDsl::resolve`](crate::ResolveDsl::resolve).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::{Attempt, Resolved, methods};
            ///
            /// fn has_landed<M, C>(attempt: &mut Attempt<'_, M>, conn: &mut C) -> Result<bool, optlock::Error>
            /// where
            ///     M: methods::Resolve<C>,
            /// {
            ///     Ok(matches!(attempt.resolve(conn)?, Resolved::Landed(_) | Resolved::ProbablyLanded(_)))
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
            /// let mut attempt = ann.attempt()?;
            /// assert!(!has_landed(&mut attempt, conn)?);
            /// attempt.save_checked(conn)?;
            /// assert!(has_landed(&mut attempt, conn)?);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "it cannot be told what became of a save of `{Self}`",
                label = "needs `#[derive(Diff, Queryable, Selectable)]`",
                note = "a struct that borrows cannot be loaded",
                note = "if they are derived, this database does not store the type of a field, or its key or scope is not `Send + Sync + 'static`"
            )]
            trait Resolve<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: ReadRow<OfAll<M>, Via<C>> + Diff,
            ) sendable (M: Send, M::Version: Send) {
                /// See [`ResolveDsl::resolve`](crate::ResolveDsl::resolve).
                ///
                /// # Errors
                ///
                /// As [`ResolveDsl::resolve`](crate::ResolveDsl::resolve).
                fn resolve [lost: &mut LostAttempt<'_, Self>] () -> Result<Resolved<Self>, Error>
                    = operation::resolve;
            }

            /// Can many models be saved at once, with a version check, on the connection `C`? See
            /// [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn change_all<M, C>(models: &mut [M], change: impl FnMut(&mut M), conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::SaveAll<C>,
            /// {
            ///     models.iter_mut().for_each(change);
            ///     models.save_all_checked(conn)
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
            /// change_all(&mut all, |contact| contact.email = None, conn)?;
            /// assert_eq!(all[1].version, 2);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "many `{Self}` cannot be saved at once through `{C}`",
                label = "this database does not store the type of a field",
                note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait SaveAll<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: SavesMany<M>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                for<'a> &'a M: InColumns<M>,
                M: SavedTogetherOn<Via<C>>,
                Answers: ReadableOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                /// See [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
                fn save_all_checked [models: &mut [Self]] () -> Result<(), Error>
                    = batch::save_all_checked;

                #[doc(hidden)]
                fn save_next_chunk [chunk: &mut Unsent<Self>] (rows: &mut Rest<'_, Self>)
                    -> Result<Option<Chunk<Self>>, FailedChunk<Self>>
                    = batch::save_next;
            }

            /// Can the rows of many models be deleted at once, with a version check, on the connection `C`? See
            /// [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn clear<M, C>(models: Vec<M>, conn: &mut C) -> Result<(), optlock::Error>
            /// where
            ///     M: methods::DeleteAll<C>,
            /// {
            ///     models.delete_all_checked(conn)
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
            /// clear(all, conn)?;
            /// assert_eq!(contacts::table.count().get_result(conn), Ok(0));
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "many `{Self}` cannot be deleted at once through `{C}`",
                label = "this database does not store the type of its version or key",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait DeleteAll<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: DeletesMany<M>,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                for<'a> &'a M: InColumns<M>,
                M: DeletedTogetherOn<Via<C>>,
                Answers: ReadableOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                /// See [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
                ///
                /// # Errors
                ///
                /// As [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
                fn delete_all_checked [models: &[Self]] () -> Result<(), Error>
                    = batch::delete_all_checked;

                #[doc(hidden)]
                fn delete_next_chunk [chunk: &mut Unsent<Self>] (rows: &mut Rest<'_, Self>)
                    -> Result<Option<Chunk<Self>>, FailedChunk<Self>>
                    = batch::delete_next;
            }

            /// Can models be saved one after the other, with a version check, on the connection `C`? See
            /// [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
            ///
            /// ```
            /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
            /// use optlock::methods;
            ///
            /// fn count_saved<M, C>(models: &mut [M], conn: &mut C) -> usize
            /// where
            ///     M: methods::SaveEach<C>,
            /// {
            ///     models.save_each_checked(conn).iter().filter(|saved| saved.is_ok()).count()
            /// }
            /// # fn main() -> Result<(), optlock::Error> {
            /// # let conn = &mut establish_connection();
            /// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
            /// # diesel::delete(contacts::table.find(1)).execute(conn)?;
            /// // .. another client deletes one of two ..
            /// assert_eq!(count_saved(&mut all, conn), 1);
            /// # Ok(())
            /// # }
            /// ```
            #[unimplemented(
                message = "a field of `{Self}` cannot be stored through `{C}`",
                label = "this database does not store the type of a field",
                note = "or its key or scope is not `Send + Sync + 'static`: the error of a conflict keeps both"
            )]
            trait SaveEach<C>: (Versioned + Sized) for M: Versioned where (
                C: Connected,
                C: OnDialect,
                M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
                M: SavedOn<Via<C>>,
                for<'a> &'a M: InColumns<M>,
                C: SavesMany<M>,
                M: SavedTogetherOn<Via<C>>,
                Answers: ReadableOn<Via<C>>,
            ) sendable (M: Send + Sync, M::Version: Send + Sync) {
                /// See [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
                #[must_use = "a value may not be saved, and only its own result tells"]
                fn save_each_checked [models: &mut [Self]] () -> Vec<Result<(), Error>>
                    = batch::save_each_checked;
            }
        }
    };
}

pub(crate) use operations;
