//! The models of a batch, moved on in memory while their rows are written.

use super::strategy::Written;
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

/// The rows that a batch saves.
pub(super) struct Saving<'m, M: Versioned> {
    /// Where their models stand in the slice.
    indices: Vec<usize>,
    rows: Vec<Moved<'m, M>>,
}

/// A row that a batch saves: the version that it expects, and the model with the next one.
pub(super) struct Moved<'m, M: Versioned> {
    pub(super) expected: M::Version,
    pub(super) model: Advance<'m, M>,
}

/// The versions of rows that have the expected one in another spelling, by their index in the slice.
pub(super) type Respelled<V> = HashMap<usize, V>;

/// The version that a row should have: the one in memory, or the row's spelling of it.
pub(super) fn expected<'v, V>(
    index: usize,
    in_memory: &'v V,
    respelled: &'v Respelled<V>,
) -> &'v V {
    respelled.get(&index).unwrap_or(in_memory)
}

impl<'m, M: Versioned> Saving<'m, M> {
    /// Moves all models on that have something to save. If one of them has no next version, none is moved.
    pub(super) fn new<DB: Dialect>(
        models: &'m mut [M],
        respelled: &Respelled<M::Version>,
    ) -> Result<Self, Error> {
        let mut saving = Self {
            indices: Vec::with_capacity(models.len()),
            rows: Vec::with_capacity(models.len()),
        };
        for (index, model) in models.iter_mut().enumerate() {
            if model.has_changes() {
                let expected = expected(index, model.version(), respelled).clone();
                let model = Advance::new::<DB>(model, &expected)?;
                saving.indices.push(index);
                saving.rows.push(Moved { expected, model });
            }
        }
        Ok(saving)
    }

    pub(super) fn rows(&self) -> &[Moved<'m, M>] {
        &self.rows
    }

    /// If all rows were written, leaves the models where they have moved to, but those for which there was
    /// nothing to send: their rows have not moved. Returns what was written, by the indices of the models.
    pub(super) fn settle(mut self, written: Written) -> Written {
        if let Written::All { unsent } = &written {
            while let Some(last) = self.rows.pop() {
                let position = self.rows.len();
                if unsent.binary_search(&position).is_err() {
                    last.model.keep();
                }
            }
        }
        written.at(&self.indices)
    }
}
