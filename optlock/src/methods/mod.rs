//! The bounds of the operations, for generic code: `fn archive<M: methods::Save<C>, C>(..)`.
//!
//! Name them by their path and do not import them: their methods have the names of
//! [`VersionedDsl`]'s, and with both in scope the compiler does not choose.
//!
//! As in Diesel's `query_dsl::methods`, users call [`VersionedDsl`]; these traits are implemented
//! for every model that has what the operation needs.
//!
//! [`VersionedDsl`]: crate::VersionedDsl

mod face;

use crate::backend::{Dialect, DieselConnection};
use crate::batch::{
    self, BatchDialect, DeleteCascading, DeleteMany, InColumns, SaveMany, SharesRow,
};
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::identity::Identified;
use crate::operation::{
    self, AfterMerge, ChangesSavedOn, DeletedByForceOn, DeletedOn, OfAll, OfVersion, Outcome,
    ReadRow, Refreshed, Saved, SavedOn, SavedOr, SavedOrLoadedOn, SavedUnchangedOn, TouchedOn,
};
use crate::statement::UpdateRow;
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
use face::{blocking, declare, implement};

blocking! {
    /// Can the model be saved with a version check on the connection `C`? See
    /// [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`"
    )]
    trait Save<C>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: SavedOn<C>,
    ) {
        /// See [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
        fn save_checked [&mut self] () -> Result<(), Error>
            = operation::save_checked;

        #[doc(hidden)]
        fn save_followed [&mut self] (follow: &mut dyn FnMut(&Self)) -> Result<Saved, Error>
            = operation::save;
    }

    /// Can the model be saved, and its row be loaded as a `T`, on the connection `C`? See
    /// [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load) and
    /// [`save_or_load_as`](crate::VersionedDsl::save_or_load_as).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        note = "if they are derived, this database does not store the type of a field, or `{T}` is of another table"
    )]
    trait SaveOrLoad<C, T = Self>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: SavedOrLoadedOn<C, T>,
    ) {
        /// See [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as).
        fn save_or_load [&mut self] () -> Result<Outcome<T>, Error>
            = operation::save_or_load;

        #[doc(hidden)]
        fn save_or_load_followed [&mut self] (follow: &mut dyn FnMut(&Self)) -> Result<SavedOr<Option<T>>, Error>
            = operation::save_or_read;
    }

    /// Can the model be saved with a merge on the connection `C`? See
    /// [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        note = "if they are derived, this database does not store the type of a field"
    )]
    trait SaveMerged<C>: (Versioned + Diff + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: SavedOrLoadedOn<C, M> + Diff + Clone,
    ) {
        /// See [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
        fn save_merged [&mut self] (base: &Self) -> Result<Vec<Field>, Error>
            = operation::save_merged;

        #[doc(hidden)]
        fn save_or_merge [&mut self] (base: Option<&Self>, follow: &mut dyn FnMut(&Self)) -> Result<AfterMerge<Self>, Error>
            = operation::save_or_merge;
    }

    /// Can the changed columns of the model be saved on the connection `C`? See
    /// [`TrackedDsl::save_changed`](crate::TrackedDsl::save_changed).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of a field, or there are too many",
        note = "a changeset has up to 64 columns here, and is derived"
    )]
    trait SaveChanged<C>: (Save<C> + Diff) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: Diff + Save<C> + ChangesSavedOn<C>,
    ) {
        #[doc(hidden)]
        fn save_columns [&mut self] (changed: Vec<bool>, follow: &mut dyn FnMut(&Self)) -> Result<Saved, Error>
            = operation::save_columns;
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
        label = "needs `#[derive(Queryable, Selectable)]`",
        note = "a struct that borrows cannot be loaded, and one with `serialize_as` or more than 64 columns cannot be saved so",
        note = "if they are derived, this database does not store the type of a field"
    )]
    trait SaveUnchanged<C>: (Unversioned + Diff + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: Unversioned + Diff,
        M: for<'a> UpdateRow<'a, Update: Sized>,
        M: SavedUnchangedOn<C>,
    ) {
        #[doc(hidden)]
        fn save_row_unchanged [&self] (base: &Self, changed: Vec<bool>, follow: &mut dyn FnMut(&Self)) -> Result<(), Error>
            = operation::save_unchanged;
    }

    /// Can the model overwrite whatever is in the row, on the connection `C`? See
    /// [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`"
    )]
    trait ForceSave<C>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: SavedOn<C>,
    ) {
        /// See [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
        fn force_save [&mut self] () -> Result<(), Error>
            = operation::force_save;

        #[doc(hidden)]
        fn force_save_followed [&mut self] (follow: &mut dyn FnMut(&Self)) -> Result<Saved, Error>
            = operation::force_save_followed;
    }

    /// Can the model's version be moved on with a check on the connection `C`? See
    /// [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version, key or audit stamp"
    )]
    trait Touch<C>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: TouchedOn<C>,
    ) {
        /// See [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
        fn touch_checked [&mut self] () -> Result<(), Error>
            = operation::touch_checked;

        #[doc(hidden)]
        fn touch_followed [&mut self] (follow: &mut dyn FnMut(&Self)) -> Result<(), Error>
            = operation::touch;
    }

    /// Can the model's row be deleted with a version check on the connection `C`? See
    /// [`VersionedDsl::delete_checked`](crate::VersionedDsl::delete_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version or key"
    )]
    trait Delete<C>: (Versioned) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: DeletedOn<C>,
    ) {
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
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version or key"
    )]
    trait ForceDelete<C>: (Versioned) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: DeletedByForceOn<C>,
    ) {
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
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version or key"
    )]
    trait CheckCurrent<C>: (Versioned) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: ReadRow<OfVersion, C>,
    ) {
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
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version or key"
    )]
    trait LockRow<C>: (Versioned) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: ReadRow<OfVersion, C>,
    ) {
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
    /// # include!("../doctest_setup.rs");
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
        note = "if they are derived, this database does not store the type of a field, or `{T}` is of another table"
    )]
    trait LoadCurrent<C, T = Self>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: ReadRow<OfAll<T>, C>,
    ) {
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
    /// # include!("../doctest_setup.rs");
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
        note = "if they are derived, this database does not store the type of a field"
    )]
    trait Refresh<C>: (LoadCurrent<C> + PartialEq) for M where (
        C: DieselConnection<Backend: Dialect>,
        M: ReadRow<OfAll<M>, C> + PartialEq,
    ) {
        /// See [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
        ///
        /// # Errors
        ///
        /// As [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
        fn refresh [&mut self] () -> Result<Refreshed<Self>, Error>
            = operation::refresh;
    }

    /// Can many models be saved at once, with a version check, on the connection `C`? See
    /// [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one"
    )]
    trait SaveAll<C>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        for<'a> &'a M: InColumns<M>,
        M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
    ) {
        /// See [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
        ///
        /// # Errors
        ///
        /// As [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
        fn save_all_checked [models: &mut [Self]] () -> Result<(), Error>
            = batch::save_all_checked;
    }

    /// Can the rows of many models be deleted at once, with a version check, on the connection `C`? See
    /// [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of its version or key"
    )]
    trait DeleteAll<C>: (Versioned + Sized) for M where (
        C: DieselConnection<
            Backend: BatchDialect<Strategy: DeleteMany<M, C> + DeleteCascading<M, C> + SharesRow<M, C>>,
        >,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        for<'a> &'a M: InColumns<M>,
        M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
    ) {
        /// See [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
        ///
        /// # Errors
        ///
        /// As [`VersionedSliceDsl::delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked).
        fn delete_all_checked [models: &[Self]] () -> Result<(), Error>
            = batch::delete_all_checked;
    }

    /// Can models be saved one after the other, with a version check, on the connection `C`? See
    /// [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
        label = "this database does not store the type of a field"
    )]
    trait SaveEach<C>: (Versioned + Sized) for M where (
        C: DieselConnection<Backend: BatchDialect>,
        M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
        M: SavedOn<C> + for<'a> Identified<'a>,
        for<'a> &'a M: InColumns<M>,
        <C::Backend as BatchDialect>::Strategy: SaveMany<M, C> + SharesRow<M, C>,
    ) {
        /// See [`VersionedSliceDsl::save_each_checked`](crate::VersionedSliceDsl::save_each_checked).
        #[must_use = "a value may not be saved, and only its own result tells"]
        fn save_each_checked [models: &mut [Self]] () -> Vec<Result<(), Error>>
            = batch::save_each_checked;
    }
}
