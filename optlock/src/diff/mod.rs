//! Which fields of two values differ.

mod comparable;
mod embedded;
mod field;
mod merge;

pub use comparable::Comparable;
pub use embedded::{Listed, Unlisted, lists, share};
pub use field::{Field, Fields};
pub(crate) use merge::{Decided, Sides, ThreeSides, decide};
pub use merge::{FieldConflict, Merged, Side};

use std::fmt;

/// The fields of a model, one by one: what two values differ in, and what a merge takes from one of
/// them.
///
/// Normally derived with [`#[derive(Diff)]`](macro@crate::Diff), beside `Versioned` or without it.
/// The primary key, the version, the audit stamp and what is marked `#[optlock(ignore)]` are no
/// part of it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// let mine = Contact { id: 1, name: "Ann B.".into(), email: None, version: 1 };
/// let theirs = Contact { name: "Anna".into(), version: 2, ..mine.clone() };
///
/// let [name] = &mine.diff(&theirs)[..] else { panic!("one field differs") };
/// assert_eq!(name.field().column(), "name");
/// assert_eq!(format!("{:?} / {:?}", name.mine(), name.theirs()), r#""Ann B." / "Anna""#);
/// # }
/// ```
///
/// # What is a difference
///
/// The types' `PartialEq` decides, with one exception: a value that does not equal itself, such as
/// a NaN or a list that contains one, equals another such value if both have the same `Debug` text.
/// An untouched NaN is therefore no change, and a NaN that became a number is a change. (The text of a
/// `HashMap` has no fixed order: a `HashMap` that holds a NaN differs from its equal.) `0.0` and `-0.0`
/// are equal, so the one does not replace the other.
///
/// The row can differ from the value that was saved into it: a column stores less than the value in
/// memory (a `NUMERIC(10, 2)`, a `DATETIME` of whole seconds; **`Utc::now()` has nanoseconds, and databases
/// store microseconds**), or a trigger stores something else. A later merge treats the difference as
/// another client's change, or as a conflict if you changed the field too. Where there are such columns,
/// [`refresh`](crate::VersionedDsl::refresh) the value after a save, or leave the field out.
///
/// # By hand
///
/// An impl by hand works as well as the derive. The indices are those of [`FIELDS`](Self::FIELDS).
///
/// ```
/// use optlock::{Diff, Field, Fields};
/// use std::fmt::Debug;
///
/// struct Point {
///     x: i32,
///     y: i32,
/// }
///
/// impl Diff for Point {
///     const FIELDS: Fields = Fields::new(&[Field::new("x", "x"), Field::new("y", "y")]);
///
///     fn differs_in(&self, other: &Self, field: usize) -> bool {
///         match field {
///             0 => self.x != other.x,
///             _ => self.y != other.y,
///         }
///     }
///
///     fn take_field(&mut self, other: &Self, field: usize) {
///         match field {
///             0 => self.x = other.x,
///             _ => self.y = other.y,
///         }
///     }
///
///     fn field_value(&self, field: usize) -> &dyn Debug {
///         match field {
///             0 => &self.x,
///             _ => &self.y,
///         }
///     }
/// }
///
/// let changes = Point { x: 1, y: 2 }.diff(&Point { x: 1, y: 3 }).len();
/// assert_eq!(changes, 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "the fields of `{Self}` cannot be compared one by one",
    label = "needs `#[derive(Diff)]`",
    note = "an embedded struct derives it too; an `Option` of one is not supported"
)]
pub trait Diff {
    /// The fields that are compared.
    const FIELDS: Fields;

    /// Does the struct hold a part of what it takes for the primary key? An embedded one may not:
    /// Diesel writes no key, and the version beside a key is the row's.
    #[doc(hidden)]
    const HAS_KEY: bool = false;

    /// Do the two values differ in this field?
    fn differs_in(&self, other: &Self, field: usize) -> bool;

    /// Takes this field from the other value.
    fn take_field(&mut self, other: &Self, field: usize);

    /// The value of this field, to be printed.
    fn field_value(&self, field: usize) -> &dyn fmt::Debug;

    /// Would a save of this value leave the column of this field alone? True of a `None` with
    /// `#[diesel(treat_none_as_null = false)]`: such a `None` is no change.
    fn is_left_alone(&self, _field: usize) -> bool {
        false
    }

    /// Does a save of the changed columns write the assignment at this position of the changeset?
    /// `changed` says of each field whether it has changed. The version and the audit stamp are
    /// always written. An impl by hand may leave this out: then all columns are.
    fn writes(_changed: &[bool], _position: usize) -> bool {
        true
    }

    /// The fields in which `self` (mine) and `other` (theirs) differ, in the order of
    /// [`FIELDS`](Self::FIELDS).
    fn diff<'v>(&'v self, other: &'v Self) -> Vec<Change<'v>>
    where
        Self: Sized,
    {
        let fields = Self::FIELDS.iter().enumerate();
        fields
            .filter(|(index, _)| self.differs_in(other, *index))
            .map(|(index, field)| Change {
                field,
                mine: self.field_value(index),
                theirs: other.field_value(index),
            })
            .collect()
    }

    /// Merges the changes that `mine` and `theirs` each made to `base`; see [`Merged`].
    fn merge<'v>(base: &'v Self, mine: &'v Self, theirs: &'v Self) -> Merged<'v, Self>
    where
        Self: Clone,
    {
        Merged::new(base, mine, theirs)
    }
}

/// Does a save of `mine` change this field, if `base` is what it was before?
pub(crate) fn has_changed<M: Diff>(mine: &M, base: &M, field: usize) -> bool {
    mine.differs_in(base, field) && !mine.is_left_alone(field)
}

/// A field in which two values differ. See [`Diff::diff`].
///
/// The texts of its values are their `Debug`; the values themselves are where they were, in the
/// models that the caller holds.
#[derive(Clone, Copy)]
pub struct Change<'v> {
    field: Field,
    mine: &'v dyn fmt::Debug,
    theirs: &'v dyn fmt::Debug,
}

impl<'v> Change<'v> {
    /// The field.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Its value in the model that was asked.
    pub fn mine(&self) -> &'v dyn fmt::Debug {
        self.mine
    }

    /// Its value in the other one.
    pub fn theirs(&self) -> &'v dyn fmt::Debug {
        self.theirs
    }
}

impl fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("field", &self.field)
            .field("mine", self.mine)
            .field("theirs", self.theirs)
            .finish()
    }
}
