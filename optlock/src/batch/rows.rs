//! The rows of a batch: their models moved on in memory, and their columns side by side.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::form::Rows;
use crate::backend::Dialect;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::columns::ColumnValue;
use crate::columns::{Columns, VersionedColumns};
use crate::error::Error;
use crate::identity::Identified;
use crate::operation::Advance;
use crate::versioned::Versioned;
use std::collections::{HashMap, HashSet};

/// A model that says which columns a batch writes, and its key.
///
/// A trait of the reference, so that it has a message of its own; see
/// [`BorrowedChangeset`](crate::private::BorrowedChangeset).
#[diagnostic::on_unimplemented(
    message = "`{M}` does not say which columns a batch writes",
    label = "needs an impl of `VersionedColumns`",
    note = "beside an impl of `Versioned` by hand, write one of `optlock::columns::VersionedColumns`"
)]
pub trait InColumns<M> {}

#[diagnostic::do_not_recommend]
impl<'a, M: VersionedColumns<'a>> InColumns<M> for &'a M {}

/// A key that stands twice would be written once, or twice: nobody could say what was meant.
pub(super) fn refuse_duplicates<M>(models: &[M]) -> Result<(), Error>
where
    M: Versioned + for<'a> Identified<'a>,
{
    let mut seen = HashSet::with_capacity(models.len());
    match models.iter().find(|model| !seen.insert(model.identity())) {
        None => Ok(()),
        Some(twice) => Err(Error::duplicate_key(twice)),
    }
}

/// A row that a batch saves: where its model stands in the slice, the version that it expects, and
/// the model with the next one.
pub(super) struct Saving<'m, M: Versioned> {
    pub(super) index: usize,
    pub(super) expected: M::Version,
    pub(super) model: Advance<'m, M>,
}

/// The versions of rows that have the expected one in another spelling, by their index in the slice.
pub(super) type Respelled<M> = HashMap<usize, <M as Versioned>::Version>;

/// Moves all models on that have something to save. If one of them has no next version, none is
/// moved.
pub(super) fn advance<'m, DB: Dialect, M: Versioned>(
    models: &'m mut [M],
    respelled: &Respelled<M>,
) -> Result<Vec<Saving<'m, M>>, Error> {
    models
        .iter_mut()
        .enumerate()
        .filter(|(_, model)| model.has_changes())
        .map(|(index, model)| {
            let expected = respelled.get(&index).unwrap_or(model.version()).clone();
            Ok(Saving {
                index,
                model: Advance::new::<DB>(model, &expected)?,
                expected,
            })
        })
        .collect()
}

/// Leaves the models where they have moved to, but those at the positions `unsent` (in ascending order),
/// whose rows have not moved.
pub(super) fn keep<M: Versioned>(saving: Vec<Saving<'_, M>>, unsent: &[usize]) {
    for (position, row) in saving.into_iter().enumerate() {
        if unsent.binary_search(&position).is_err() {
            row.model.keep();
        }
    }
}

/// The columns of the key of a model, with the values of many rows.
pub(super) type KeyColumns<'a, M> = <<M as VersionedColumns<'a>>::Key as Columns>::Many;

/// The columns that a save writes, with the values of many rows.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) type SetColumns<'a, M> = <<M as VersionedColumns<'a>>::Set as Columns>::Many;

/// The version column, with the versions that many rows should have.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) type Versions<M> =
    <ColumnValue<<M as Versioned>::VersionColumn, <M as Versioned>::Version> as Columns>::Many;

/// The keys, and the versions that the rows should have.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn gather<'a, M>(rows: &Rows<'a, M>) -> (KeyColumns<'a, M>, Versions<M>)
where
    M: Versioned + VersionedColumns<'a, Key: Columns>,
    ColumnValue<M::VersionColumn, M::Version>: Columns,
{
    let mut columns = <(KeyColumns<'a, M>, Versions<M>)>::default();
    for (model, expected) in rows.iter() {
        model.key_columns().push_to(&mut columns.0);
        ColumnValue::new(expected.clone()).push_to(&mut columns.1);
    }
    columns
}
