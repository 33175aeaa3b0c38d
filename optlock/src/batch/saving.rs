//! The models of a batch, moved on in memory while their rows are written.

use crate::backend::Dialect;
use crate::columns::VersionedColumns;
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

/// Fails if two models have one key: it is unclear which of the two to write.
pub(super) fn refuse_duplicates<M>(models: &[M]) -> Result<(), Error>
where
    M: Versioned + for<'a> Identified<'a>,
{
    let mut seen = HashSet::with_capacity(models.len());
    for model in models {
        if !seen.insert(model.identity()) {
            return Err(Error::duplicate_key(model));
        }
    }
    Ok(())
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
    let mut saving = Vec::with_capacity(models.len());
    for (index, model) in models.iter_mut().enumerate() {
        if !model.has_changes() {
            continue;
        }
        let expected = respelled.get(&index).unwrap_or(model.version()).clone();
        saving.push(Saving {
            index,
            model: Advance::new::<DB>(model, &expected)?,
            expected,
        });
    }
    Ok(saving)
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
