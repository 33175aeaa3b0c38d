//! A value that knows its base: what it was when it was loaded.

use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::methods::{
    ForceSave, Refresh, Save, SaveChanged, SaveMerged, SaveOrLoad, SaveUnchanged, Touch,
};
use crate::operation::{AfterMerge, Outcome, Refreshed, Saved, is_as_stored, is_base};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use std::ops::{Deref, DerefMut};

/// A value and its base, which is the value as it was loaded, or saved last. A `Tracked` value knows
/// which fields have changed, and a save of an unchanged value sends nothing.
///
/// `Tracked` dereferences to the value.
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
/// What [`Diff`] compares. A change of an ignored field alone is no change, and is not saved. Together
/// with another change it is saved by [`save_checked`](Self::save_checked), which saves the whole value,
/// but not by [`save_changed`](Self::save_changed) and [`save_unchanged`](Self::save_unchanged).
///
/// # The base
///
/// The base advances when a save of the `Tracked` value succeeds, and not otherwise;
/// [`refresh`](Self::refresh) sets it to the row. Value and base advance together: the new base is made
/// before the statement is sent, so that a `Clone` that panics changes neither them nor the row. Inside
/// a transaction pass the whole of the `Tracked` value to [`optlock::transaction`](crate::transaction()),
/// `&mut ann`, so that a rollback puts both back.
///
/// If you set the version or key by hand, the base no longer applies: saves then write every column,
/// check the value's own version, and do not merge. The same holds after a save of such a value, or a
/// [`force_save`](Self::force_save), that left a column alone (`None`), until a
/// [`refresh`](Self::refresh) or a merge reads the row. Where value and base both come from outside,
/// use [`with_base`](Self::with_base).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked<M> {
    base: M,
    value: M,
    /// Is the base what the row was, in all its columns?
    is_known: bool,
}

impl<M: Clone> Tracked<M> {
    /// A value as it was loaded.
    pub fn new(value: M) -> Self {
        Self::with_base(value.clone(), value)
    }
}

/// The base that a value will have when it is saved: made before anything is sent, and moved in when
/// the save has succeeded.
struct Next<M> {
    base: M,
    is_known: bool,
}

impl<M: Clone> Next<M> {
    /// The base is the row.
    fn of_row(row: &M) -> Self {
        Self {
            base: row.clone(),
            is_known: true,
        }
    }
}

impl<M: Diff + Clone> Next<M> {
    /// The row after a save of the value. A column that is left alone keeps its content, which is not the
    /// `None` in memory. Only a base that was the row until then knows that content.
    fn of_saved(value: &M, before: &M, was_at_base: bool) -> Self {
        let mut next = Self::of_row(value);
        for field in 0..M::FIELDS.len() {
            if value.is_left_alone(field) {
                next.base.take_field(before, field);
                next.is_known = was_at_base;
            }
        }
        next
    }
}

impl<M> Tracked<M> {
    /// The row was saved or read. Nothing is cloned or compared here, which could panic.
    fn move_on(&mut self, next: Option<Next<M>>) {
        if let Some(next) = next {
            self.base = next.base;
            self.is_known = next.is_known;
        }
    }
}

impl<M> Tracked<M> {
    /// A value that has been changed, and its base. Both can come from a form that has kept what it
    /// showed at first.
    ///
    /// ```
    /// # include!("doctest_setup.rs");
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let shown = Contact { id: 1, name: "Ann".into(), email: Some("ann@example.org".into()), version: 1 };
    /// let typed = Contact { name: "Ann B.".into(), ..shown.clone() };
    /// let mut ann = Tracked::with_base(shown, typed);
    /// # diesel::update(contacts::table).set((contacts::email.eq("ab@example.org"), contacts::version.eq(2))).execute(conn)?;
    /// // .. another client has saved another address ..
    /// assert_eq!(ann.save_merged(conn)?[0].name(), "email");
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_base(base: M, value: M) -> Self {
        Self {
            base,
            value,
            is_known: true,
        }
    }

    /// The value as it was loaded, or saved last.
    pub fn base(&self) -> &M {
        &self.base
    }

    /// The value without its base.
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

// The bound is on the impl so that a missing derive is reported as such.
impl<M: Versioned> Tracked<M> {
    /// Saves the value as [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked) does, or
    /// sends nothing if nothing has changed.
    ///
    /// Where nothing is sent, nothing is checked either: use
    /// [`check_current`](crate::VersionedDsl::check_current).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_checked`](crate::VersionedDsl::save_checked).
    pub fn save_checked<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: Save<C> + Diff + Clone,
    {
        let is_at_base = self.is_at_base();
        let is_changed = if is_at_base {
            self.is_changed()
        } else {
            self.value.has_changes()
        };
        if !is_changed {
            return Ok(Saved::NothingChanged);
        }
        self.following(is_at_base, |value, follow| {
            value.save_followed(follow, conn)
        })
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
    pub fn save_changed<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: Diff + Clone + SaveChanged<C>,
    {
        if !self.is_at_base() {
            return self.save_checked(conn);
        }
        let changed = self.changed();
        if !changed.contains(&true) {
            return Ok(Saved::NothingChanged);
        }
        self.following(true, |value, follow| {
            value.save_columns(changed, follow, conn)
        })
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
    pub fn save_merged<C>(&mut self, conn: &mut C) -> Result<Vec<Field>, Error>
    where
        M: Diff + Clone + SaveMerged<C>,
    {
        if self.is_at_base() && !self.is_changed() {
            return Ok(Vec::new());
        }
        let is_at_base = self.is_at_base();
        let base = self.is_known.then_some(&self.base);
        let mut next = None;
        let mut follow = |value: &M| next = Some(Next::of_saved(value, &self.base, is_at_base));
        match self.value.save_or_merge(base, &mut follow, conn)? {
            AfterMerge::Saved(Saved::NothingChanged) => Ok(Vec::new()),
            AfterMerge::Saved(Saved::Written) => {
                self.move_on(next);
                Ok(Vec::new())
            }
            AfterMerge::Merged { taken, copy } => {
                self.base = copy;
                self.is_known = true;
                Ok(taken)
            }
        }
    }

    /// Saves the value as [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load) does, whether
    /// or not it has changed.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; else nothing changes.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
    pub fn save_or_load<C>(&mut self, conn: &mut C) -> Result<Outcome<M>, Error>
    where
        M: SaveOrLoad<C> + Diff + Clone,
    {
        self.save_or_load_as(conn)
    }

    /// Like [`save_or_load`](Self::save_or_load), and after a conflict loads the row as another struct of
    /// the same table, as
    /// [`VersionedDsl::save_or_load_as`](crate::VersionedDsl::save_or_load_as) does:
    /// `ann.save_or_load_as::<Contact, _>(conn)?`.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; else nothing changes.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_or_load`](crate::VersionedDsl::save_or_load).
    pub fn save_or_load_as<T, C>(&mut self, conn: &mut C) -> Result<Outcome<T>, Error>
    where
        M: SaveOrLoad<C, T> + Diff + Clone,
    {
        let is_at_base = self.is_at_base();
        let mut next = None;
        let mut follow = |value: &M| next = Some(Next::of_saved(value, &self.base, is_at_base));
        let attempt = self.value.save_or_load_followed(&mut follow, conn)?;
        if let Ok(Saved::Written) = attempt {
            self.move_on(next);
        }
        Ok(attempt.into())
    }

    /// Overwrites whatever is in the row, as
    /// [`VersionedDsl::force_save`](crate::VersionedDsl::force_save) does.
    ///
    /// **Sends** the same. **In memory** the base moves on, and nothing changes after an error.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
    pub fn force_save<C>(&mut self, conn: &mut C) -> Result<(), Error>
    where
        M: ForceSave<C> + Diff + Clone,
    {
        // The row may have been another one than the base.
        self.following(false, |value, follow| {
            value.force_save_followed(follow, conn)
        })
        .map(drop)
    }

    /// Advances the version, as [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked)
    /// does.
    ///
    /// **Sends** what that sends. **In memory** the version of the base advances too, so edits stay
    /// unsaved changes; nothing changes after an error.
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::touch_checked`](crate::VersionedDsl::touch_checked).
    pub fn touch_checked<C>(&mut self, conn: &mut C) -> Result<(), Error>
    where
        M: Touch<C>,
    {
        let was_at_base = self.is_at_base();
        let mut version = None;
        let mut follow = |value: &M| version = Some(value.version().clone());
        self.value.touch_followed(&mut follow, conn)?;
        if let Some(version) = version.filter(|_| was_at_base) {
            self.base.set_version(version);
        }
        Ok(())
    }

    /// Loads the row as it is now, as [`VersionedDsl::refresh`](crate::VersionedDsl::refresh) does.
    ///
    /// **Sends** what that sends. **In memory** value and base become the row; if the row is gone, and
    /// after an error, nothing changes.
    ///
    /// ```
    /// # include!("doctest_setup.rs");
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
    pub fn refresh<C>(&mut self, conn: &mut C) -> Result<Refreshed<M>, Error>
    where
        M: Refresh<C> + Clone,
    {
        let Some(row) = self.value.load_current(conn)? else {
            return Ok(Refreshed::Missing);
        };
        let next = Next::of_row(&row);
        let refreshed = if is_as_stored(&self.value, &row) {
            Refreshed::Unchanged
        } else {
            Refreshed::Updated(std::mem::replace(&mut self.value, row))
        };
        self.move_on(Some(next));
        Ok(refreshed)
    }

    /// Saves the value by `save`, and lets the base follow.
    fn following(
        &mut self,
        was_at_base: bool,
        save: impl FnOnce(&mut M, &mut dyn FnMut(&M)) -> Result<Saved, Error>,
    ) -> Result<Saved, Error>
    where
        M: Diff + Clone,
    {
        let mut next = None;
        let mut follow = |value: &M| next = Some(Next::of_saved(value, &self.base, was_at_base));
        let saved = save(&mut self.value, &mut follow)?;
        if saved == Saved::Written {
            self.move_on(next);
        }
        Ok(saved)
    }

    /// Is the base what the value was loaded as?
    fn is_at_base(&self) -> bool {
        self.is_known && is_base(&self.base, &self.value)
    }
}

impl<M> Tracked<M> {
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
    /// - [`Error::Refused`], [`Error::KeyNotUnique`]: see there; nothing is written.
    /// - What [`transaction`](crate::transaction()) returns; [`Error::Database`].
    pub fn save_unchanged<C>(&mut self, conn: &mut C) -> Result<Saved, Error>
    where
        M: Unversioned + Diff + Clone + SaveUnchanged<C>,
    {
        let changed = self.changed();
        if !changed.contains(&true) {
            return Ok(Saved::NothingChanged);
        }
        let mut saved = None;
        let mut follow = |row: &M| {
            let mut value = self.value.clone();
            for field in 0..M::FIELDS.len() {
                value.take_field(row, field);
            }
            saved = Some((Next::of_row(&value), value));
        };
        self.value
            .save_row_unchanged(&self.base, changed, &mut follow, conn)?;
        if let Some((next, value)) = saved {
            self.value = value;
            self.move_on(Some(next));
        }
        Ok(Saved::Written)
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
