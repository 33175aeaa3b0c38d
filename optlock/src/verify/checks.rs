//! What is checked of a model.

use super::report::Kind;
use crate::backend::Database;
use crate::shape::{Described, Shape};
use crate::trigger::{TriggerSql, TriggerToken, trigger_sql};
use std::fmt;
use std::marker::PhantomData;

/// What [`verify_with`](super::verify_with) checks of a model.
pub struct Checks<M> {
    asked: Asked,
    model: PhantomData<fn() -> M>,
}

/// What is checked of a table, without the type of its model.
pub(crate) struct Asked {
    pub(super) shape: Shape,
    pub(super) trigger: Option<fn(Database) -> TriggerSql>,
    pub(super) allowed: Vec<Kind>,
}

impl<M: Described> Checks<M> {
    /// Each check that needs no more than the model: what [`verify`](super::verify) checks.
    pub fn new() -> Self {
        let asked = Asked {
            shape: M::shape(),
            trigger: None,
            allowed: Vec::new(),
        };
        Self {
            asked,
            model: PhantomData,
        }
    }

    /// The trigger of [`trigger_sql`] must be there, with its present text.
    ///
    /// It is said here and not at the model: whether other programs write the table is a matter of the database that a
    /// program is deployed to.
    pub fn with_trigger(mut self) -> Self
    where
        M: Described<Version: TriggerToken>,
    {
        self.asked.trigger = Some(trigger_sql::<M>);
        self
    }

    /// Findings of this kind are not reported: you have looked at them, and know better.
    pub fn allowing(mut self, kind: Kind) -> Self {
        self.asked.allowed.push(kind);
        self
    }

    pub(crate) fn asked(self) -> Asked {
        self.asked
    }
}

impl<M: Described> Default for Checks<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> fmt::Debug for Checks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checks")
            .field("table", &self.asked.shape.table)
            .field("trigger", &self.asked.trigger.is_some())
            .field("allowed", &self.asked.allowed)
            .finish()
    }
}
