//! What a field needs to be compared.

use std::fmt;

/// A field that is compared. What it needs is asked by its impl and not by the trait, or the compiler
/// would speak of `Clone` alone, and in its own words.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot be compared",
    label = "needs `PartialEq`, `Clone` and `Debug`",
    note = "derive them on the type, or leave the field out: `#[optlock(ignore)]`"
)]
pub trait Comparable {
    /// Is the other value another one?
    fn differs(&self, other: &Self) -> bool;

    /// Becomes the other value.
    fn take(&mut self, other: &Self);

    /// The value, to be shown.
    fn value(&self) -> &dyn fmt::Debug;
}

#[diagnostic::do_not_recommend]
impl<T: PartialEq + Clone + fmt::Debug> Comparable for T {
    #[allow(clippy::eq_op)] // what contains a NaN does not equal itself
    /// Is the other value another one?
    fn differs(&self, other: &Self) -> bool {
        let both_are_odd = || self != self && other != other;
        self != other && !(both_are_odd() && format!("{self:?}") == format!("{other:?}"))
    }

    /// Becomes the other value.
    fn take(&mut self, other: &Self) {
        self.clone_from(other);
    }

    /// The value, to be shown.
    fn value(&self) -> &dyn fmt::Debug {
        self
    }
}
