//! The bounds of the operations, for generic code: `fn archive<M: methods::Save<C>, C>(..)`.
//!
//! Name them by their path and do not import them: their methods have the names of
//! [`VersionedDsl`]'s, and with both in scope the compiler does not choose.
//!
//! As in Diesel's `query_dsl::methods`, users call [`VersionedDsl`]; these traits are implemented
//! for every model that has what the operation needs.
//!
//! [`VersionedDsl`]: crate::VersionedDsl

pub(crate) mod face;
pub(crate) mod table;

use crate::backend::{DieselConnection as Connected, TransactionConnection as OnDialect};
use crate::batch::{
    self, Answers, DeletedTogetherOn, DeletesMany, InColumns, ReadableOn, SavedTogetherOn,
    SavesMany,
};
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::executes::{Blocking as Via, Wire, now};
use crate::operation::{
    self, Attempt, ChangesSavedOn, DeletedByForceOn, DeletedOn, LostAttempt, OfAll, OfVersion,
    Outcome, ReadRow, Refreshed, Resolved, Saved, SavedOn, SavedOrLoadedOn, SavedUnchangedOn,
    TouchedOn,
};
use crate::statement::UpdateRow;
use crate::tracked::{Tracked, operation as tracked};
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
use face::{NoConnection, at_once, blocking, method, never, never_at_once};
use table::operations;

operations!(blocking);
