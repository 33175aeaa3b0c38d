//! The fields of a model that are compared.

use std::fmt;

/// A field of a model: its name in the struct, and its column.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
    pub(super) const fn lists(&self, column: &str) -> bool {
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
    pub(super) const fn shares(&self, others: &Self) -> bool {
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
