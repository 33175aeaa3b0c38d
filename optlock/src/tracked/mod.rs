//! A value that knows its base: what it was when it was loaded.

pub(crate) mod operation;

use crate::diff::{Diff, Field};
use crate::operation::{Saved, is_base};
use crate::versioned::Versioned;
use std::ops::{Deref, DerefMut};

/// A value and its base, which is the value as it was loaded, or saved last. A `Tracked` value knows
/// which fields have changed, and a save of an unchanged value sends nothing.
///
/// **Import `optlock::prelude::*`.** The operations of a `Tracked` value are in two traits,
/// [`TrackedDsl`] and, for a table without a version, [`UnversionedDsl`]. `Tracked` dereferences to the
/// model, so where [`VersionedDsl`] alone is imported, `ann.save_checked(conn)` is the model's own save.
/// That save is checked and loses nothing, but leaves the base behind: the next save writes every
/// column, changed or not, and does not merge.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
/// with another change it is saved by [`save_checked`], which saves the whole value, but not by
/// [`save_changed`] and [`save_unchanged`].
///
/// # The base
///
/// The base advances when a save of the `Tracked` value succeeds, and not otherwise; [`refresh`] sets it
/// to the row. Value and base advance together: the new base is made before the statement is sent, so
/// that a `Clone` that panics changes neither them nor the row. Inside a transaction pass the whole of
/// the `Tracked` value to [`optlock::transaction`](crate::transaction()), `&mut ann`, so that a rollback
/// puts both back.
///
/// If you set the version or key by hand, the base no longer applies: saves then write every column,
/// check the value's own version, and do not merge. The same holds after a save of such a value, or a
/// [`force_save`], that left a column alone (`None`), until a [`refresh`] or a merge reads the row. Where
/// value and base both come from outside, use [`with_base`](Self::with_base).
///
/// [`TrackedDsl`]: crate::TrackedDsl
/// [`UnversionedDsl`]: crate::UnversionedDsl
/// [`VersionedDsl`]: crate::VersionedDsl
/// [`force_save`]: crate::TrackedDsl::force_save
/// [`refresh`]: crate::TrackedDsl::refresh
/// [`save_changed`]: crate::TrackedDsl::save_changed
/// [`save_checked`]: crate::TrackedDsl::save_checked
/// [`save_unchanged`]: crate::UnversionedDsl::save_unchanged
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

impl<M: Versioned> Tracked<M> {
    /// Like [`move_on`](Self::move_on), if the row was written.
    fn move_on_after(&mut self, saved: Saved, next: Option<Next<M>>) {
        if saved == Saved::Written {
            self.move_on(next);
            self.adopt_generated();
        }
    }

    /// Which version the database has made is known only behind the write.
    fn adopt_generated(&mut self) {
        if M::GENERATED {
            self.base.set_version(self.value.version().clone());
        }
    }
}

impl<M> Tracked<M> {
    /// A value that has been changed, and its base. Both can come from a form that has kept what it
    /// showed at first.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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

impl<M: Versioned> Tracked<M> {
    /// Is the base what the value was loaded as?
    fn is_at_base(&self) -> bool {
        self.is_known && is_base(&self.base, &self.value)
    }
}

/// [`Tracked`], for the traits of its operations. It seals them.
pub trait IsTracked {
    /// The `M` of `Tracked<M>`.
    type Model;

    #[doc(hidden)]
    fn tracked(&mut self) -> &mut Tracked<Self::Model>;
}

impl<M> IsTracked for Tracked<M> {
    type Model = M;

    fn tracked(&mut self) -> &mut Self {
        self
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
