//! The bounds of the operations on async connections, for generic code: `M: methods::Save<C>`.
//!
//! They are the traits of [`optlock::methods`](crate::methods), with methods that return futures. Name them by
//! their path and do not import them.

use super::connection::{
    AsyncTransactionConnection as Connected, AsyncTransactionConnection as OnDialect, DeletesMany,
    SavesMany,
};
use crate::batch::{self, Answers, DeletedTogetherOn, InColumns, ReadableOn, SavedTogetherOn};
use crate::diff::{Diff, Field};
use crate::error::Error;
use crate::executes::{Waiting as Via, Wire};
use crate::methods::face::{NoConnection, awaited, method, never, never_ready, waiting};
use crate::methods::table::operations;
use crate::operation::{
    self, Attempt, ChangesSavedOn, DeletedByForceOn, DeletedOn, LostAttempt, OfAll, OfVersion,
    Outcome, ReadRow, Refreshed, Resolved, Saved, SavedOn, SavedOrLoadedOn, SavedUnchangedOn,
    TouchedOn,
};
use crate::statement::UpdateRow;
use crate::tracked::{Tracked, operation as tracked};
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
use std::future::{Future, Pending};

operations!(waiting);
