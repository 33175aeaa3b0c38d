//! What the derive asks about an embedded struct, while the compiler runs.

use super::{Diff, Fields};
use std::marker::PhantomData;

/// What is known about an embedded struct: the constants of [`Listed`] if it is [`Diff`], and otherwise
/// those of [`Unlisted`].
#[derive(Debug)]
pub struct Listed<T: ?Sized>(PhantomData<T>);

impl<T: Diff> Listed<T> {
    /// Its fields.
    pub const FIELDS: Fields = T::FIELDS;
    /// One of its fields is named as the key of the model around it.
    pub const HAS_KEY: bool = T::HAS_KEY;
}

/// What is known about an embedded struct that is not [`Diff`].
pub trait Unlisted {
    /// No fields.
    const FIELDS: Fields = Fields::new(&[]);
    /// It is not known.
    const HAS_KEY: bool = false;
}

impl<T: ?Sized> Unlisted for Listed<T> {}

/// Is the column among the fields?
pub const fn lists(fields: Fields, column: &str) -> bool {
    fields.lists(column)
}

/// Do the two have a column in common?
pub const fn share(fields: Fields, others: Fields) -> bool {
    fields.shares(&others)
}
