//! The bounds of the operations, for generic code: `fn archive<M: methods::Save<C>, C>(..)`.
//!
//! Name them by their path and do not import them: their methods have the names of
//! [`VersionedDsl`]'s, and with both in scope the compiler does not choose.
//!
//! As in Diesel's `query_dsl::methods`, users call [`VersionedDsl`]; these traits are implemented
//! for every model that has what the operation needs.
//!
//! [`VersionedDsl`]: crate::VersionedDsl

#[cfg(feature = "http")]
pub(crate) mod conditional;
pub(crate) mod face;
#[cfg(feature = "lease")]
pub(crate) mod leases;
#[cfg(feature = "fingerprint")]
pub(crate) mod page;
pub(crate) mod table;
#[cfg(feature = "testing")]
pub(crate) mod testing;

use crate::backend::{DieselConnection as Connected, TransactionConnection as OnDialect};
use crate::batch::{
    self, Answers, Chunk, DeletedTogetherOn, DeletesMany, FailedChunk, InColumns, ReadableOn,
    SavedTogetherOn, SavesMany, Unsent,
};
use crate::diff::{Diff, Field};
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::events::Observed;
#[cfg(feature = "lease")]
use crate::executes::Executes;
use crate::executes::{Blocking as Via, Wire, now};
#[cfg(feature = "fingerprint")]
use crate::fingerprint::FingerprintRow;
#[cfg(feature = "http")]
use crate::http::{self, Failure, IfMatch};
#[cfg(any(feature = "http", feature = "lease"))]
use crate::key_text::KeyText;
#[cfg(feature = "lease")]
use crate::lease::{
    self, DeletedLeasedOn, LeasableOn, Lease, LeaseConnection, LeaseRequest, LeaseStatus,
    LeaseTime, NamesTable, RowStatus, SavedLeasedOn,
};
use crate::operation::{
    self, Attempt, ChangesSavedOn, DeletedByForceOn, DeletedOn, LostAttempt, MergedOn, OfAll,
    OfVersion, Outcome, ReadRow, Refreshed, Resolved, Saved, SavedOn, SavedOrLoadedOn,
    SavedUnchangedOn, TouchedOn, Upserted, UpsertedOn,
};
#[cfg(feature = "fingerprint")]
use crate::page::{self as pages, MakePage, PageShown, Stopped};
#[cfg(feature = "testing")]
use crate::rules::{self, Broken, Merging, PlayedOn, Scoping};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use crate::shape::Described;
use crate::statement::{InsertedValues, UpdateRow};
use crate::token::Unstored;
use crate::tracked::{Tracked, operation as tracked};
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
#[cfg(feature = "http")]
use conditional::conditional_operations;
use face::{NoConnection, at_once, blocking, method, never, never_at_once, observed};
#[cfg(feature = "lease")]
use leases::lease_operations;
#[cfg(feature = "fingerprint")]
use page::page_operations;
#[cfg(feature = "lease")]
use std::time::Duration;
use table::operations;
#[cfg(feature = "testing")]
use testing::testing_operations;

/// The rows that are in no chunk yet.
type Rest<'r, M> = dyn Iterator<Item = M> + 'r;

/// A page that was shown. Its closure returns at once.
#[cfg(feature = "fingerprint")]
type Shown<'p, 's, C, M> = PageShown<'p, 's, dyn MakePage<'s, C, M> + 'p>;

operations!(blocking);
#[cfg(feature = "http")]
conditional_operations!(blocking);
#[cfg(feature = "lease")]
lease_operations!(blocking);
#[cfg(feature = "fingerprint")]
page_operations!(blocking);
#[cfg(feature = "testing")]
testing_operations!(blocking);
