//! The models of a batch, moved on in memory while their rows are saved.

use super::rows::Rows;
use super::strategy::Written;
use crate::backend::Dialect;
use crate::columns::VersionedColumns;
use crate::error::{Error, LostWrite};
use crate::identity::Identified;
use crate::operation::{Advance, Before};
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

/// A model that was moved on: where it stands in the slice, and the version that its row should have.
pub(super) struct Moved<V> {
    pub(super) index: usize,
    pub(super) expected: V,
    before: Option<Before<V>>,
}

impl<V> Moved<V> {
    fn put_back<M: Versioned<Version = V>>(self, models: &mut [M]) {
        if let Some(before) = self.before {
            before.put_back(&mut models[self.index]);
        }
    }
}

/// The versions of rows that have the expected one in another spelling, by their index in the slice.
pub(crate) type Respelled<V> = HashMap<usize, V>;

/// The version that a row should have: the one in memory, or the row's spelling of it.
pub(super) fn expected<'v, V>(
    index: usize,
    in_memory: &'v V,
    respelled: &'v Respelled<V>,
) -> &'v V {
    respelled.get(&index).unwrap_or(in_memory)
}

/// The models of a save. Dropped, it puts back the versions of those that it has moved on.
pub(super) struct Saving<'m, M: Versioned> {
    models: &'m mut [M],
    respelled: Respelled<M::Version>,
    /// Those that are moved on. None of them is before a statement is sent, and after it was settled.
    moved: Vec<Moved<M::Version>>,
}

impl<'m, M: Versioned> Saving<'m, M> {
    pub(super) fn new(models: &'m mut [M]) -> Self {
        Self {
            models,
            respelled: Respelled::new(),
            moved: Vec::new(),
        }
    }
}

impl<M: Versioned> Drop for Saving<'_, M> {
    fn drop(&mut self) {
        while let Some(last) = self.moved.pop() {
            last.put_back(self.models);
        }
    }
}

/// The models of a delete.
pub(super) struct Deleting<'m, M: Versioned> {
    models: &'m [M],
    respelled: Respelled<M::Version>,
}

impl<'m, M: Versioned> Deleting<'m, M> {
    pub(super) fn new(models: &'m [M]) -> Self {
        Self {
            models,
            respelled: Respelled::new(),
        }
    }
}

/// The models of a batch, and the versions that their rows should have.
pub(super) trait Models {
    /// The model.
    type Model: Versioned;

    /// Are their rows deleted, and not saved?
    const DELETES: bool;

    /// The models, in the order in which the user has them.
    fn models(&self) -> &[Self::Model];

    /// The rows that are written now; or those of all models, while none is.
    fn rows(&self) -> Rows<'_, Self::Model>;

    /// From now on, rows should have these versions.
    fn respell(&mut self, respelled: Respelled<<Self::Model as Versioned>::Version>);

    /// Moves all models on that have something to save, and returns how many rows are to be written.
    fn move_on<DB: Dialect>(&mut self) -> Result<usize, Error>;

    /// What the save of each row makes of it. It is not known of a delete.
    fn lost_writes(&self) -> Vec<LostWrite>;

    /// If all rows were written, leaves the models where they have moved to, but those for which there was
    /// nothing to send: their rows have not moved. Returns what was written, by the indices of the models.
    fn settle(&mut self, written: Written) -> Written;
}

impl<M: Versioned> Models for Saving<'_, M> {
    type Model = M;

    const DELETES: bool = false;

    fn models(&self) -> &[M] {
        self.models
    }

    fn rows(&self) -> Rows<'_, M> {
        if self.moved.is_empty() {
            Rows::unmoved(self.models, &self.respelled)
        } else {
            Rows::moved(self.models, &self.moved)
        }
    }

    fn respell(&mut self, respelled: Respelled<M::Version>) {
        self.respelled = respelled;
    }

    fn move_on<DB: Dialect>(&mut self) -> Result<usize, Error> {
        self.moved.reserve(self.models.len());
        for index in 0..self.models.len() {
            let model = &mut self.models[index];
            if model.has_changes() {
                let expected = expected(index, model.version(), &self.respelled).clone();
                let mut advance = Advance::of(model);
                advance.move_on::<DB>(&expected, M::next_version)?;
                let before = advance.leave();
                self.moved.push(Moved {
                    index,
                    expected,
                    before,
                });
            }
        }
        Ok(self.moved.len())
    }

    fn lost_writes(&self) -> Vec<LostWrite> {
        let mut writes = Vec::with_capacity(self.moved.len());
        for moved in &self.moved {
            let model = &self.models[moved.index];
            let before = moved.before.iter();
            writes.extend(before.map(|before| before.lost_write(model, &moved.expected)));
        }
        writes
    }

    fn settle(&mut self, written: Written) -> Written {
        let mut indices = vec![0; self.moved.len()];
        while let Some(last) = self.moved.pop() {
            let position = self.moved.len();
            indices[position] = last.index;
            if !written.has(position) {
                last.put_back(self.models);
            }
        }
        written.at(&indices)
    }
}

impl<M: Versioned> Models for Deleting<'_, M> {
    type Model = M;

    const DELETES: bool = true;

    fn models(&self) -> &[M] {
        self.models
    }

    fn rows(&self) -> Rows<'_, M> {
        Rows::unmoved(self.models, &self.respelled)
    }

    fn respell(&mut self, respelled: Respelled<M::Version>) {
        self.respelled = respelled;
    }

    fn move_on<DB: Dialect>(&mut self) -> Result<usize, Error> {
        Ok(self.models.len())
    }

    fn lost_writes(&self) -> Vec<LostWrite> {
        Vec::new()
    }

    fn settle(&mut self, written: Written) -> Written {
        written
    }
}
