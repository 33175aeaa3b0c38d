//! The models of a batch, moved on in memory while their rows are saved.

use super::rows::Rows;
use super::strategy::Written;
use crate::backend::Dialect;
use crate::columns::VersionedColumns;
use crate::error::{AnyModel, Error, LostWrite};
use crate::identity::Identified;
use crate::operation::Before;
use crate::token::VersionToken;
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
    /// Up to so many are compared sooner than hashed.
    const FEW: usize = 8;

    let is_few = models.len() <= FEW;
    let (few, many) = if is_few {
        (models.len(), 0)
    } else {
        (0, models.len())
    };
    let (mut few, mut many) = (Vec::with_capacity(few), HashSet::with_capacity(many));
    for model in models {
        let identity = model.identity();
        let is_seen = if is_few {
            let is_seen = few.contains(&identity);
            few.push(identity);
            is_seen
        } else {
            !many.insert(identity)
        };
        if is_seen {
            return Err(Error::duplicate_key(model));
        }
    }
    Ok(())
}

/// A model that was moved on: where it stands in the slice, and the version that its row should have.
pub(super) struct Moved<V> {
    pub(super) index: usize,
    pub(super) expected: V,
    before: Before<V>,
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
    moved: Moves<M::Version>,
}

impl<'m, M: Versioned> Saving<'m, M> {
    pub(super) fn new(models: &'m mut [M]) -> Self {
        Self {
            models,
            respelled: Respelled::new(),
            moved: Moves(Vec::new()),
        }
    }
}

impl<M: Versioned> Drop for Saving<'_, M> {
    fn drop(&mut self) {
        self.moved.put_back(&mut self.models);
    }
}

/// Models with a version `V`, whatever they are: so what moves them on is compiled once.
trait AnyModels<V> {
    fn len(&self) -> usize;

    fn model(&self, index: usize) -> &dyn AnyModel<V>;

    fn model_mut(&mut self, index: usize) -> &mut dyn AnyModel<V>;

    /// Has it something to save?
    fn has_changes(&self, index: usize) -> bool;

    /// The version after that in memory.
    fn next_version(&self, index: usize) -> Option<V>;
}

impl<M: Versioned> AnyModels<M::Version> for &mut [M] {
    fn len(&self) -> usize {
        <[M]>::len(self)
    }

    fn model(&self, index: usize) -> &dyn AnyModel<M::Version> {
        &self[index]
    }

    fn model_mut(&mut self, index: usize) -> &mut dyn AnyModel<M::Version> {
        &mut self[index]
    }

    fn has_changes(&self, index: usize) -> bool {
        self[index].has_changes()
    }

    fn next_version(&self, index: usize) -> Option<M::Version> {
        self[index].next_version()
    }
}

/// The models that were moved on.
struct Moves<V>(Vec<Moved<V>>);

impl<V: VersionToken> Moves<V> {
    /// Moves all models on that have something to save, and returns their number.
    fn add<DB: Dialect>(
        &mut self,
        models: &mut dyn AnyModels<V>,
        respelled: &Respelled<V>,
    ) -> Result<usize, Error> {
        self.0.reserve(models.len());
        for index in 0..models.len() {
            if !models.has_changes(index) {
                continue;
            }
            let model = models.model_mut(index);
            let expected = expected(index, model.held(), respelled).clone();
            let mut before = Before::nothing();
            before.keep(model, &expected);
            // Kept here, it is put back if what follows fails or panics.
            let position = self.0.len();
            self.0.push(Moved {
                index,
                expected,
                before,
            });
            let next = models.next_version(index);
            let Moved {
                expected, before, ..
            } = &mut self.0[position];
            before.move_to::<DB>(models.model_mut(index), expected, next)?;
        }
        Ok(self.0.len())
    }

    fn adopt(&mut self, models: &mut dyn AnyModels<V>, made: Vec<(usize, V)>) {
        for (position, version) in made {
            models.model_mut(self.0[position].index).hold(version);
        }
    }

    fn lost_writes(&self, models: &dyn AnyModels<V>) -> Vec<LostWrite> {
        let write = |moved: &Moved<V>| {
            let model = models.model(moved.index);
            moved.before.lost_write(model, &moved.expected)
        };
        self.0.iter().filter_map(write).collect()
    }
}

impl<V> Moves<V> {
    fn settle(&mut self, models: &mut dyn AnyModels<V>, written: Written) -> Written {
        let mut indices = vec![0; self.0.len()];
        while let Some(mut last) = self.0.pop() {
            let position = self.0.len();
            indices[position] = last.index;
            if !written.has(position) {
                last.before.put_back(models.model_mut(last.index));
            }
        }
        written.at(&indices)
    }

    fn put_back(&mut self, models: &mut dyn AnyModels<V>) {
        while let Some(mut last) = self.0.pop() {
            last.before.put_back(models.model_mut(last.index));
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

    /// Takes over the versions that the database has made, by the positions of the rows.
    fn adopt(&mut self, made: Vec<(usize, <Self::Model as Versioned>::Version)>);

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
        if self.moved.0.is_empty() {
            Rows::unmoved(self.models, &self.respelled)
        } else {
            Rows::moved(self.models, &self.moved.0)
        }
    }

    fn respell(&mut self, respelled: Respelled<M::Version>) {
        self.respelled = respelled;
    }

    fn move_on<DB: Dialect>(&mut self) -> Result<usize, Error> {
        self.moved.add::<DB>(&mut self.models, &self.respelled)
    }

    fn lost_writes(&self) -> Vec<LostWrite> {
        self.moved.lost_writes(&self.models)
    }

    fn adopt(&mut self, made: Vec<(usize, M::Version)>) {
        self.moved.adopt(&mut self.models, made);
    }

    fn settle(&mut self, written: Written) -> Written {
        self.moved.settle(&mut self.models, written)
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

    fn adopt(&mut self, _made: Vec<(usize, M::Version)>) {}

    fn settle(&mut self, written: Written) -> Written {
        written
    }
}
