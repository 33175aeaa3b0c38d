//! The operations on a value that knows its base.

use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::methods;
use crate::operation::{Outcome, Refreshed, Saved, Upserted};
use crate::tracked::{IsTracked, Tracked};
use crate::versioned::Versioned;

/// The operations on a [`Tracked`] value, on the connection `Conn`. `Model` is the `M` of `Tracked<M>`.
///
/// Each is the operation of [`VersionedDsl`](crate::VersionedDsl) that has its name, and moves the base
/// along with the value. Those that need a change compare the value with the base first.
///
/// | method | sends, if a field has changed | sends, if none has |
/// |---|---|---|
/// | [`save_checked`](Self::save_checked) | `UPDATE t SET <changeset>, version = next WHERE key AND version = expected` | nothing |
/// | [`save_changed`](Self::save_changed) | `UPDATE t SET <changed columns>, version = next WHERE key AND version = expected` | nothing |
/// | [`save_merged`](Self::save_merged) | as `save_checked`; after a conflict a `SELECT` and another `UPDATE` | nothing |
/// | [`save_or_load`](Self::save_or_load), [`save_or_load_as`](Self::save_or_load_as) | as `save_checked`; after a conflict a `SELECT` | the same |
/// | [`touch_checked`](Self::touch_checked) | `UPDATE t SET version = next WHERE key AND version = expected` | the same |
/// | [`upsert_checked`](Self::upsert_checked) of a value that was never stored | `INSERT INTO t (..) VALUES (..)` | the same |
/// | [`force_save`](Self::force_save) | `SELECT version FROM t WHERE key`, and the `UPDATE` of a save at that version | the same |
/// | [`refresh`](Self::refresh) | `SELECT .. FROM t WHERE key` | the same |
///
/// The other operations (`delete_checked`, `check_current`, `lock_checked`, `load_current`,
/// `force_delete`) change nothing in memory: a `Tracked` value has those of its model.
///
/// A value whose table has no version has [`UnversionedDsl`] instead.
pub trait TrackedDsl<Conn>: IsTracked {
    /// Saves the value as [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked) does, or
    /// sends nothing if nothing has changed.
    ///
    /// Where nothing is sent, nothing is checked either: use
    /// [`check_current`](crate::VersionedDsl::check_current).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    fn save_checked(&mut self, conn: &mut Conn) -> Result<Saved, Error>
    where
        Self::Model: methods::Save<Conn> + Diff + Clone,
    {
        methods::Save::save_tracked(self.tracked(), conn)
    }

    /// Saves the changed columns only, or sends nothing if nothing has changed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::{Saved, Tracked};
    ///
    /// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut ann = Tracked::new(ann);
    /// ann.name = "Ann B.".to_owned();
    /// ann.save_changed(conn)?; // UPDATE contacts SET name = .., version = 2 WHERE id = 1 AND version = 1
    /// assert_eq!(ann.save_changed(conn)?, Saved::NothingChanged);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `UPDATE t SET <changed columns>, version = next WHERE key AND version = expected`,
    /// with the audit stamp if there is one. The statement leaves out large columns, and those
    /// that the role may not write. The check is as strong as that of a whole save. The text depends on
    /// what has changed, so the statement is prepared each time: where all columns are small,
    /// [`save_checked`](Self::save_checked) is faster.
    ///
    /// If one column of an embedded struct has changed, all columns of that struct are written. A
    /// changeset of more than 64 columns is not supported.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    fn save_changed(&mut self, conn: &mut Conn) -> Result<Saved, Error>
    where
        Self::Model: methods::SaveChanged<Conn> + Clone,
    {
        methods::SaveChanged::save_changed_tracked(self.tracked(), conn)
    }

    /// Saves the changes of both, as
    /// [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged) does, or sends nothing if
    /// nothing has changed. Returns the fields that others have changed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::Tracked;
    ///
    /// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut ann = Tracked::new(ann);
    /// ann.name = "Ann B.".to_owned();
    /// # diesel::update(contacts::table).set((contacts::email.eq("ab@example.org"), contacts::version.eq(2))).execute(conn)?;
    /// // .. another client saves another address ..
    /// assert_eq!(ann.save_merged(conn)?[0].name(), "email");
    /// assert_eq!(ann.email.as_deref(), Some("ab@example.org"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
    fn save_merged(&mut self, conn: &mut Conn) -> Result<Vec<Field>, Error>
    where
        Self::Model: methods::SaveMerged<Conn> + Clone,
    {
        methods::SaveMerged::save_merged_tracked(self.tracked(), conn)
    }

    /// Saves the value as [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load) does, whether
    /// or not it has changed.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; else nothing changes.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
    fn save_or_load(&mut self, conn: &mut Conn) -> Result<Outcome<Self::Model>, Error>
    where
        Self::Model: methods::SaveOrLoad<Conn> + Diff + Clone,
    {
        methods::SaveOrLoad::save_or_load_tracked(self.tracked(), conn)
    }

    /// Like [`save_or_load`](Self::save_or_load), and after a conflict loads the row as another struct of
    /// the same table, as
    /// [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as) does:
    /// `ann.save_or_load_as::<Contact>(conn)?`.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; else nothing changes.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
    fn save_or_load_as<T>(&mut self, conn: &mut Conn) -> Result<Outcome<T>, Error>
    where
        Self::Model: methods::SaveOrLoad<Conn, T> + Diff + Clone,
    {
        methods::SaveOrLoad::save_or_load_tracked(self.tracked(), conn)
    }

    /// Overwrites whatever is in the row, as
    /// [`VersionedDsl::force_save`](crate::VersionedDsl::force_save) does.
    ///
    /// **Sends** the same. **In memory** the base moves on, and nothing changes after an error.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
    fn force_save(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self::Model: methods::ForceSave<Conn> + Diff + Clone,
    {
        methods::ForceSave::force_save_tracked(self.tracked(), conn)
    }

    /// Advances the version, as [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked)
    /// does.
    ///
    /// **Sends** the same. **In memory** the version of the base advances too, so edits stay
    /// unsaved changes; nothing changes after an error.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
    fn touch_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self::Model: methods::Touch<Conn>,
    {
        methods::Touch::touch_tracked(self.tracked(), conn)
    }

    /// Inserts the value if it was never stored, as
    /// [`VersionedDsl::upsert_checked`](crate::VersionedDsl::upsert_checked) does, and saves it otherwise, as
    /// [`save_checked`](Self::save_checked) does.
    ///
    /// **Sends** the same. **In memory** the value that was inserted is the base, and nothing changes after an error.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::upsert_checked`](crate::VersionedDsl::upsert_checked).
    fn upsert_checked(&mut self, conn: &mut Conn) -> Result<Upserted, Error>
    where
        Self::Model: methods::Upsert<Conn> + Diff + Clone,
    {
        methods::Upsert::upsert_tracked(self.tracked(), conn)
    }

    /// Loads the row as it is now, as [`VersionedDsl::refresh`](crate::VersionedDsl::refresh) does.
    ///
    /// **Sends** the same. **In memory** value and base become the row; if the row is gone, and
    /// after an error, nothing changes.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut ann = Tracked::new(ann);
    /// # diesel::update(contacts::table).set((contacts::name.eq("Anna"), contacts::version.eq(2))).execute(conn)?;
    /// // .. another client calls her Anna ..
    /// ann.refresh(conn)?;
    /// assert_eq!((ann.name.as_str(), ann.changed_fields()), ("Anna", vec![]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::refresh`](crate::VersionedDsl::refresh).
    fn refresh(&mut self, conn: &mut Conn) -> Result<Refreshed<Self::Model>, Error>
    where
        Self::Model: methods::Refresh<Conn> + Clone,
    {
        methods::Refresh::refresh_tracked(self.tracked(), conn)
    }
}

// The bound is on the impl so that a missing derive is reported as such, and not each thing that follows
// from it.
impl<M: Versioned, Conn> TrackedDsl<Conn> for Tracked<M> {}

/// The operation on a [`Tracked`] value whose table has no version ([`Unversioned`](crate::Unversioned)), on the connection
/// `Conn`. `Model` is the `M` of `Tracked<M>`.
///
/// The chapter [unversioned](crate::guide::unversioned) describes when it is enough.
pub trait UnversionedDsl<Conn>: IsTracked {
    /// Saves a value whose table has **no version**, if the row still is what it was when the value
    /// was loaded; or sends nothing if nothing has changed.
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use optlock::prelude::*;
    ///
    /// diesel::table! {
    ///     notes {
    ///         id -> Integer,
    ///         title -> Text,
    ///         text -> Text,
    ///     }
    /// }
    ///
    /// #[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
    /// struct Note {
    ///     id: i32,
    ///     title: String,
    ///     text: String,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let conn = &mut SqliteConnection::establish(":memory:")?;
    /// # diesel::sql_query("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL)").execute(conn)?;
    /// # diesel::sql_query("INSERT INTO notes VALUES (1, 'Hello', '')").execute(conn)?;
    /// let note: Note = notes::table.find(1).select(Note::as_select()).first(conn)?;
    /// let (mut mine, mut theirs) = (Tracked::new(note.clone()), Tracked::new(note));
    ///
    /// theirs.title = "Hallo".to_owned();
    /// theirs.save_unchanged(conn)?;
    ///
    /// mine.text = "world".to_owned();
    /// let error = mine.save_unchanged(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "notes 1 was changed since it was loaded: title");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends**, in one [`transaction`](crate::transaction()) (a savepoint, if one is open; **never call
    /// it inside a raw `BEGIN`**, which it would commit):
    ///
    /// 1. `SELECT .. FROM t WHERE key FOR NO KEY UPDATE` (PostgreSQL), `FOR UPDATE` (MySQL and
    ///    MariaDB). SQLite takes its write lock before, by an `UPDATE` that hits no row;
    /// 2. if all that [`Diff`] compares is what it was, `UPDATE t SET <changed columns> WHERE key`;
    /// 3. `SELECT .. FROM t WHERE key` (on MySQL and MariaDB `.. FOR UPDATE`), because what a column
    ///    holds may be less than what was written into it, and a trigger may have changed another one.
    ///
    /// [`Diff`] compares, in Rust: in SQL a collation may find 'AMY' and 'amy' equal, and a float may not
    /// equal itself. Ignored fields are neither compared nor written.
    ///
    /// **Each other writer must do the same**, or at least lock the row before reading it: a plain
    /// `UPDATE` waits for the lock, and then overwrites. And a row that is changed, and changed back, counts
    /// as unchanged. A version column has neither weakness.
    ///
    /// **In memory**, if the transaction was committed, the fields that are compared become those of the
    /// row, and the base advances. Otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: another client changed the row
    ///   ([`Found::Changed`](crate::Found::Changed) names the fields) or deleted it; or the
    ///   database reported the conflict. There are no versions to name. If the key or the scope was
    ///   changed by hand, the base is another row's: all fields count as changed, and nothing is sent.
    /// - [`Error::Refused`], [`Error::KeyNotUnique`]: nothing is written.
    /// - What [`transaction`](crate::transaction()) returns; [`Error::Database`].
    fn save_unchanged(&mut self, conn: &mut Conn) -> Result<Saved, Error>
    where
        Self::Model: methods::SaveUnchanged<Conn> + Clone,
    {
        methods::SaveUnchanged::save_unchanged_tracked(self.tracked(), conn)
    }
}

impl<M, Conn> UnversionedDsl<Conn> for Tracked<M> {}
