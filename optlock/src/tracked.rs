//! A value that knows what it was loaded as.

use crate::{Diff, Error, Field, Versioned, methods};
use std::ops::{Deref, DerefMut};

/// A value beside its base: what it was when it was loaded, or saved last. So it knows what has
/// changed, and saves nothing if nothing has.
///
/// It dereferences to the value.
///
/// ```
/// # include!("doctest_setup.rs");
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::{Saved, Tracked};
///
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let mut ann = Tracked::new(ann);
/// assert_eq!(ann.save_checked(conn)?, Saved::NothingChanged);
///
/// ann.name = "Ann B.".to_owned();
/// assert_eq!(ann.changed_fields()[0].name(), "name");
/// assert_eq!(ann.save_checked(conn)?, Saved::Written);
/// assert!(ann.changed_fields().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # What counts as a change
///
/// What [`Diff`] compares. A change of an ignored field only is none, and is not saved.
///
/// # The base
///
/// It moves on when a save through `Tracked` has succeeded, and not otherwise. Inside a transaction
/// pass the whole of it to [`optlock::transaction`](crate::transaction()), `&mut ann`, so that a
/// rollback puts both back.
///
/// If the version of the value is not that of the base, the base says nothing about it: because
/// a form brought another version, or another operation of
/// [`VersionedDsl`](crate::VersionedDsl) was called on the value inside. The saves then save all of
/// the value, at its own version, and merge nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked<M> {
    base: M,
    value: M,
}

/// What became of the save of a [`Tracked`] value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Saved {
    /// The row was written.
    Written,
    /// Nothing has changed since the value was loaded, so nothing was sent: whether the row still
    /// is what it was, nobody has looked.
    NothingChanged,
}

impl<M: Clone> Tracked<M> {
    /// A value as it was loaded.
    pub fn new(value: M) -> Self {
        Self {
            base: value.clone(),
            value,
        }
    }

    fn move_base(&mut self) {
        self.base = self.value.clone();
    }
}

impl<M> Tracked<M> {
    /// What the value was when it was loaded, or saved last.
    pub fn base(&self) -> &M {
        &self.base
    }

    /// The value, of which nobody knows any more what has changed.
    pub fn into_inner(self) -> M {
        self.value
    }
}

impl<M: Diff> Tracked<M> {
    /// The fields that have changed since the value was loaded or saved last. For their values,
    /// `ann.base().diff(&ann)`.
    ///
    /// ```
    /// # include!("doctest_setup.rs");
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::Tracked;
    ///
    /// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut ann = Tracked::new(ann);
    /// ann.email = None;
    /// assert_eq!(ann.changed_fields(), [optlock::Field::new("email", "email")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn changed_fields(&self) -> Vec<Field> {
        let fields = M::FIELDS.iter().zip(self.changed());
        fields
            .filter_map(|(field, is_changed)| is_changed.then_some(field))
            .collect()
    }

    fn changed(&self) -> Vec<bool> {
        let fields = 0..M::FIELDS.len();
        fields
            .map(|field| crate::diff::has_changed(&self.value, &self.base, field))
            .collect()
    }

    fn is_changed(&self) -> bool {
        self.changed().contains(&true)
    }
}

impl<M> Tracked<M> {
    /// Saves the value as [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked) does, or
    /// sends nothing if nothing has changed.
    ///
    /// To hear then whether the row still is what it was, ask
    /// [`check_current`](crate::VersionedDsl::check_current).
    ///
    /// # Errors
    ///
    /// See there.
    pub fn save_checked<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: methods::Save<C> + Diff + Clone,
    {
        if self.is_at_base() && !self.is_changed() {
            return Ok(Saved::NothingChanged);
        }
        self.value.save_checked(conn)?;
        self.move_base();
        Ok(Saved::Written)
    }

    /// Saves the changed columns only, or sends nothing if nothing has changed.
    ///
    /// ```
    /// # include!("doctest_setup.rs");
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
    /// with the audit stamp if there is one. It leaves large columns, and those that the role may
    /// not write, out of the statement; it is no weaker a check, and no better a merge. The text
    /// depends on what has changed, so the statement is prepared each time: where all columns are
    /// small, [`save_checked`](Self::save_checked) is faster.
    ///
    /// Of an embedded struct all columns are written if one has changed. A changeset of more than 64
    /// columns is not supported.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    pub fn save_changed<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: methods::SaveChanged<C> + Clone,
    {
        if !self.is_at_base() {
            return self.save_checked(conn);
        }
        let changed = self.changed();
        if !changed.contains(&true) {
            return Ok(Saved::NothingChanged);
        }
        self.value.save_columns(changed, conn)?;
        self.move_base();
        Ok(Saved::Written)
    }

    /// Saves the changes of both, as
    /// [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged) does, or sends nothing if
    /// nothing has changed. Returns the fields that others have changed.
    ///
    /// ```
    /// # include!("doctest_setup.rs");
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::Tracked;
    ///
    /// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut ann = Tracked::new(ann);
    /// ann.name = "Ann B.".to_owned();
    /// # diesel::update(contacts::table).set((contacts::email.eq("ab@example.org"), contacts::version.eq(2))).execute(conn)?;
    /// // .. somebody else saves another address ..
    /// assert_eq!(ann.save_merged(conn)?[0].name(), "email");
    /// assert_eq!(ann.email.as_deref(), Some("ab@example.org"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See there.
    pub fn save_merged<C>(&mut self, conn: &mut C) -> Result<Vec<Field>, Error>
    where
        M: methods::SaveMerged<C> + Clone,
    {
        if self.is_at_base() && !self.is_changed() {
            return Ok(Vec::new());
        }
        let taken = self.value.save_merged(&self.base, conn)?;
        self.move_base();
        Ok(taken)
    }

    /// Saves a value whose table has **no version**, if the row still is what it was when the value
    /// was loaded; or sends nothing if nothing has changed.
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use optlock::prelude::*;
    /// use optlock::{Tracked, Unversioned};
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
    /// **Sends**, in one [`transaction`](crate::transaction()) (a savepoint, if one is open):
    ///
    /// 1. `SELECT .. FROM t WHERE key FOR NO KEY UPDATE` (PostgreSQL), `FOR UPDATE` (MySQL and
    ///    MariaDB). SQLite takes its write lock before, by an `UPDATE` that hits no row;
    /// 2. if all that [`Diff`] compares is what it was, `UPDATE t SET <changed columns> WHERE key`;
    /// 3. `SELECT .. FROM t WHERE key`, because what a column holds may be less than what was written
    ///    into it, and a trigger may have changed another one.
    ///
    /// The comparison is that of [`Diff`], in Rust: in SQL a collation may find 'AMY' and 'amy'
    /// equal, and a float may not equal itself. What is ignored is neither compared nor written.
    ///
    /// **Each other writer must do the same**, or at least lock the row before it reads it: a plain
    /// `UPDATE` that was thought up before waits for the lock, and then overwrites. And if somebody
    /// changes the row and changes it back, nobody notices. A version column has neither weakness.
    ///
    /// **In memory**, if the transaction was committed, the fields that are compared become what the
    /// row holds, and the base moves on. Else nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: somebody else changed the row
    ///   ([`Found::Changed`](crate::Found::Changed) names the fields) or deleted it; or the
    ///   database reported the conflict. There are no versions to name.
    /// - [`Error::Refused`], [`Error::KeyNotUnique`]: see there; nothing is written.
    /// - What [`transaction`](crate::transaction()) returns; [`Error::Database`].
    pub fn save_unchanged<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: methods::SaveUnchanged<C> + Clone,
    {
        let changed = self.changed();
        if !changed.contains(&true) {
            return Ok(Saved::NothingChanged);
        }
        let row = self.value.save_unchanged(&self.base, changed, conn)?;
        for field in 0..M::FIELDS.len() {
            self.value.take(&row, field);
        }
        self.move_base();
        Ok(Saved::Written)
    }

    /// Is the base what the value was loaded as?
    fn is_at_base(&self) -> bool
    where
        M: Versioned,
    {
        self.base.version() == self.value.version()
    }
}

impl<M: Clone> From<M> for Tracked<M> {
    fn from(value: M) -> Self {
        Self::new(value)
    }
}

impl<M> Deref for Tracked<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.value
    }
}

impl<M> DerefMut for Tracked<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.value
    }
}
