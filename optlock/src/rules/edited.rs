//! A value, and what the user's closures make of it.

/// A value, and a copy that is out of its scope.
#[derive(Debug)]
pub struct Scoping<M> {
    model: M,
    outside: M,
}

impl<M: Clone> Scoping<M> {
    pub(crate) fn new(model: &M, edit: impl FnOnce(&mut M)) -> Self {
        Self {
            model: model.clone(),
            outside: edited(model, edit),
        }
    }
}

impl<M> Scoping<M> {
    pub(super) fn model(&self) -> &M {
        &self.model
    }

    pub(super) fn outside(&self) -> &M {
        &self.outside
    }
}

/// A value, and what two clients make of it.
#[derive(Debug)]
pub struct Merging<M> {
    base: M,
    mine: M,
    theirs: M,
}

impl<M: Clone> Merging<M> {
    pub(crate) fn new(base: &M, mine: impl FnOnce(&mut M), theirs: impl FnOnce(&mut M)) -> Self {
        Self {
            base: base.clone(),
            mine: edited(base, mine),
            theirs: edited(base, theirs),
        }
    }
}

impl<M> Merging<M> {
    pub(super) fn base(&self) -> &M {
        &self.base
    }

    pub(super) fn mine(&self) -> &M {
        &self.mine
    }

    pub(super) fn theirs(&self) -> &M {
        &self.theirs
    }
}

fn edited<M: Clone>(model: &M, edit: impl FnOnce(&mut M)) -> M {
    let mut copy = model.clone();
    edit(&mut copy);
    copy
}
