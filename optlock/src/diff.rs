//! Which fields of two values differ.

use crate::Merged;
use std::fmt;

/// A field of a model: its name in the struct, and its column.
///
/// ```
/// # include!("doctest_setup.rs");
/// # fn main() {
/// let [name, email] = Contact::FIELDS.iter().collect::<Vec<_>>()[..] else { panic!("there are two") };
/// assert_eq!((name.name(), name.column()), ("name", "name"));
/// assert_eq!(email.to_string(), "email");
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field {
    name: &'static str,
    column: &'static str,
}

impl Field {
    /// A field and its column.
    pub const fn new(name: &'static str, column: &'static str) -> Self {
        Self { name, column }
    }

    /// The field's name in the struct; in a tuple struct its column's.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of its column.
    pub const fn column(&self) -> &'static str {
        self.column
    }
}

/// The name.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The fields of a model that are compared: first its own, then those of its embedded structs.
///
/// ```
/// use optlock::{Field, Fields};
///
/// const ADDRESS: Fields = Fields::new(&[Field::new("street", "street"), Field::new("city", "city")]);
/// const CONTACT: Fields = Fields::new(&[Field::new("name", "name")]).with(&[ADDRESS]);
///
/// let names: Vec<_> = CONTACT.iter().map(|field| field.name()).collect();
/// assert_eq!(names, ["name", "street", "city"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    own: &'static [Field],
    embedded: &'static [Fields],
}

impl Fields {
    /// The fields of the struct itself.
    pub const fn new(own: &'static [Field]) -> Self {
        Self { own, embedded: &[] }
    }

    /// The same, and behind them those of its embedded structs.
    pub const fn with(self, embedded: &'static [Self]) -> Self {
        Self { embedded, ..self }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        let mut len = self.own.len();
        let mut index = 0;
        while index < self.embedded.len() {
            len += self.embedded[index].len();
            index += 1;
        }
        len
    }

    /// Are there none?
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in the order of their indices.
    pub fn iter(&self) -> impl Iterator<Item = Field> + use<> {
        let mut all = Vec::with_capacity(self.len());
        self.collect(&mut all);
        all.into_iter()
    }

    /// Is the column that of one of them?
    pub(crate) const fn lists(&self, column: &str) -> bool {
        let mut index = 0;
        while index < self.own.len() {
            if are_equal(self.own[index].column, column) {
                return true;
            }
            index += 1;
        }
        let mut index = 0;
        while index < self.embedded.len() {
            if self.embedded[index].lists(column) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Have the two a column in common?
    pub(crate) const fn shares(&self, others: &Self) -> bool {
        let mut index = 0;
        while index < self.own.len() {
            if others.lists(self.own[index].column) {
                return true;
            }
            index += 1;
        }
        let mut index = 0;
        while index < self.embedded.len() {
            if self.embedded[index].shares(others) {
                return true;
            }
            index += 1;
        }
        false
    }

    fn collect(&self, all: &mut Vec<Field>) {
        all.extend_from_slice(self.own);
        for embedded in self.embedded {
            embedded.collect(all);
        }
    }
}

/// In a constant `==` cannot be asked.
const fn are_equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The fields of a model, one by one: what two values differ in, and what a merge takes from one of
/// them.
///
/// Normally derived with [`#[derive(Diff)]`](macro@crate::Diff), beside `Versioned` or without it.
/// The primary key, the version, the audit stamp and what is marked `#[optlock(ignore)]` are no
/// part of it.
///
/// ```
/// # include!("doctest_setup.rs");
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
