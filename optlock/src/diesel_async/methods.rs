//! The bounds of the operations on async connections, for generic code: `M: methods::Save<C>`.
//!
//! They are the traits of [`optlock::methods`](crate::methods), with methods that return futures. Name them by
//! their path and do not import them.

#[cfg(feature = "lease")]
use super::connection::AsyncLeaseConnection as LeaseConnection;
use super::connection::{
    AsyncTransactionConnection as Connected, AsyncTransactionConnection as OnDialect, DeletesMany,
    SavesMany,
};
use crate::batch::{
    self, Answers, Chunk, DeletedTogetherOn, FailedChunk, InColumns, ReadableOn, SavedTogetherOn,
    Unsent,
};
use crate::diff::{Diff, Field};
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::events::Observed;
#[cfg(feature = "lease")]
use crate::executes::Executes;
use crate::executes::{Waiting as Via, Wire};
#[cfg(feature = "fingerprint")]
use crate::fingerprint::FingerprintRow;
#[cfg(feature = "http")]
use crate::http::{self, Failure, IfMatch};
#[cfg(any(feature = "http", feature = "lease"))]
use crate::key_text::KeyText;
#[cfg(feature = "lease")]
use crate::lease::{
    self, DeletedLeasedOn, LeasableOn, Lease, LeaseRequest, LeaseStatus, LeaseTime, NamesTable,
    RowStatus, SavedLeasedOn,
};
#[cfg(feature = "http")]
use crate::methods::conditional::conditional_operations;
use crate::methods::face::{NoConnection, awaited, method, never, never_ready, observed, waiting};
#[cfg(feature = "lease")]
use crate::methods::leases::lease_operations;
#[cfg(feature = "fingerprint")]
use crate::methods::page::page_operations;
use crate::methods::table::operations;
#[cfg(feature = "testing")]
use crate::methods::testing::testing_operations;
use crate::operation::{
    self, Attempt, ChangesSavedOn, DeletedByForceOn, DeletedOn, LostAttempt, MergedOn, OfAll,
    OfVersion, Outcome, ReadRow, Refreshed, Resolved, Saved, SavedOn, SavedOrLoadedOn,
    SavedUnchangedOn, TouchedOn, Upserted, UpsertedOn,
};
#[cfg(feature = "fingerprint")]
use crate::page::{self as pages, MakePage, PageShown, Stopped};
#[cfg(feature = "testing")]
use crate::rules::{self, Broken, Merging, PlayedOn, Scoping};
use crate::statement::{InsertedValues, UpdateRow};
use crate::token::Unstored;
use crate::tracked::{Tracked, operation as tracked};
use crate::unversioned::Unversioned;
use crate::versioned::{Versioned, VersionedChangeset};
use std::future::{Future, Pending};
#[cfg(feature = "lease")]
use std::time::Duration;

/// The rows that are in no chunk yet.
type Rest<'r, M> = dyn Iterator<Item = M> + Send + 'r;

/// A page that was shown. Its closure is waited for.
#[cfg(feature = "fingerprint")]
type Shown<'p, 's, C, M> = PageShown<'p, 's, dyn MakePage<'s, C, M> + Sync + 'p>;

operations!(waiting);
#[cfg(feature = "http")]
conditional_operations!(waiting);
#[cfg(feature = "lease")]
lease_operations!(waiting);
#[cfg(feature = "fingerprint")]
page_operations!(waiting);
#[cfg(feature = "testing")]
testing_operations!(waiting);
