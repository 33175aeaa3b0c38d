//! Optimistic locking for [Diesel](diesel): when two people edit one row, the second save is
//! refused instead of overwriting the first.
//!
//! A row carries a version. A save compares it with the version that the value was loaded with, in
//! the one statement that writes the row:
//!
//! ```sql
//! UPDATE contacts SET name = ?, email = ?, version = 4 WHERE id = 7 AND version = 3
//! ```
//!
//! When no row matches, another client was first, and the caller gets
//! [`Error::ConcurrentModification`], which names the version that was found. Nothing is overwritten,
//! and the value in memory is unchanged.
//!
//! # When another technique suits better
//!
//! Optimistic locking is for the time in which no transaction can be open: a form on a screen, a
//! document at a client. Where the work takes milliseconds and conflicts are frequent, lock the row
//! (`.for_update()`) or write the change in SQL (`SET stock = stock - 1 WHERE stock > 0`). Where a
//! rule spans several rows, use `SERIALIZABLE`: a version guards one row.
//!
//! # The column
//!
//! ```sql
//! ALTER TABLE contacts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
//! ```
//!
//! # Two writers, one loses
//!
//! ```
//! use diesel::prelude::*;
//! use optlock::prelude::*;
//!
//! diesel::table! {
//!     contacts {
//!         id -> Integer,
//!         name -> Text,
//!         email -> Nullable<Text>,
//!         version -> BigInt,
//!     }
//! }
//!
//! #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
//! #[diesel(table_name = contacts, treat_none_as_null = true)]
//! struct Contact {
//!     id: i32,
//!     name: String,
//!     email: Option<String>,
//!     #[diesel(skip_update)] // only optlock writes it
//!     version: i64,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let conn = &mut SqliteConnection::establish(":memory:")?;
//! # diesel::sql_query("CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1)")
//! #     .execute(conn)?;
//! # diesel::sql_query("INSERT INTO contacts (id, name) VALUES (7, 'Ann')").execute(conn)?;
//! let mut mine: Contact = contacts::table.find(7).select(Contact::as_select()).first(conn)?;
//! let mut theirs = mine.clone();
//!
//! theirs.email = Some("ann@example.org".into());
//! theirs.save_checked(conn)?;
//!
//! mine.name = "Ann B.".into();
//! let error = mine.save_checked(conn).unwrap_err();
//! assert_eq!(error.to_string(), "contacts 7 was changed: expected version 1, found 2");
//!
//! // One way out: load the row as it is now, and apply the change to it.
//! let mut current = mine.load_current(conn)?.expect("no client deleted it");
//! assert_eq!(current, theirs);
//! current.name = mine.name;
//! current.save_checked(conn)?;
//!
//! current.delete_checked(conn)?;
//! assert!(theirs.delete_checked(conn).unwrap_err().is_missing());
//! # Ok(())
//! # }
//! ```
//!
//! # Where to read on
//!
//! Chapters of the [`guide`]:
//!
//! - [What to do about a conflict](guide::conflicts): each way out, with an example; delete; [`Tracked`].
//! - [Tokens](guide::tokens): the types of a version on each database, and which to take.
//! - [Transactions](guide::transactions): what a rollback does to memory; aggregates, touch and lock.
//! - [Retry](guide::retry): the whole unit again after a conflict.
//! - [Insert or save](guide::upsert): `upsert_checked`.
//! - [Batches](guide::batches): many rows at once; bulk updates.
//! - [Tables without a version](guide::unversioned).
//! - [Isolation levels](guide::isolation): what a loser gets.
//! - [Poolers](guide::poolers): PgBouncer, prepared statements, enums of connections.
//! - [Errors](guide::errors): each error, and what to do then.
//! - [Lost writes](guide::lost_writes): what became of a save whose answer was lost.
//! - [Compile errors](guide::compile_errors): what a message means, and what to write.
//! - [Moving existing code](guide::moving_existing_code): from `save_changes`, step by step, with clippy;
//!   forms, JSON, PATCH; triggers and other programs.
//! - [Tenants and soft deletes](guide::scope): rows that are out of a model's reach.
//! - [Async connections](guide::async_connections): diesel-async, and what a dropped future leaves behind.
//! - [Edit leases](guide::leases) (feature `lease`): who edits a row, and until when.
//! - [Forms](guide::forms) (feature `form`): the version in a hidden input, signed.
//! - [Fingerprints](guide::fingerprints) (feature `fingerprint`): what a page has shown, several rows or a table without a
//!   version, and what has changed since.
//! - [HTTP](guide::http) (features `http`, `axum`): `ETag` and `If-Match`, statuses, problems.
//! - [Generated versions](guide::generated_versions): a trigger of the table makes the version, and a save reads it.
//! - [Triggers](guide::triggers): a version that other programs leave alone or set back.
//! - [The self-check](guide::verify): is the table as the models need it?
//! - [Testing](guide::testing) (feature `testing`): does your model, on your table, keep the rules?
//!
//! The reference begins at [`VersionedDsl`], the operations and what each sends, and at
//! [`#[derive(Versioned)]`](macro@Versioned), its attributes. The [`prelude`] has the traits whose methods
//! send something. [`Versioned`] is implemented by hand where the
//! derive does not fit. The README has the installation and a web handler.
//!
//! # Features
//!
//! | feature | for |
//! |---|---|
//! | `sqlite`, `postgres`, `mysql` | the database. None is needed to compile |
//! | `r2d2` | Diesel's connection pool |
//! | `chrono` (default) | audit stamps, `#[optlock(updated_on)]`, and timestamps as versions |
//! | `uuid` | random versions: `uuid::Uuid`, `UuidBytes`, `UuidText` |
//! | `retry` (default) | [`retry()`] |
//! | `async` | the connections of diesel-async: `optlock::diesel_async` |
//! | `lease` | edit leases: [`lease`](mod@lease) |
//! | `form` | the version in a hidden input of a form, signed: [`form`](mod@form) |
//! | `fingerprint` | forms that show several rows, or a table without a version: [`Fingerprint`](struct@Fingerprint) |
//! | `http` | `ETag`, `If-Match`, statuses and problem details: [`http`](mod@http) |
//! | `axum` | extractors and answers of axum 0.8: [`axum`](mod@axum) |
//! | `headers` | conversions from and to the typed headers of the crate `headers` |
//! | `testing` | assertions about your own models and tables, for your test suite: [`testing`](mod@testing) |
//! | `tracing` | spans of operations, and events of conflicts, retries and lost leases: [`tracing`](mod@tracing) |
//! | `tokio` | the wait of an async retry before its next attempt |
//!
//! `postgres` and `mysql` link no C library. Diesel's features of the same names have the connections,
//! so a program that uses them turns on both: Diesel's for the connection, and optlock's for what optlock
//! does on it. `sqlite` turns on Diesel's.
//!
//! # Databases
//!
//! | | SQLite | PostgreSQL | MariaDB, MySQL |
//! |---|---|---|---|
//! | a write | one statement | one statement | one statement |
//! | why it matched no row | one plain read | one plain read | one plain read, inside a transaction a locking one; outside, if no row is there, both (so on an enum of connections too) |
//! | a lock | a write of no row, and a read | one read | one read |
//!
//! Which token works where: [tokens](guide::tokens). The README names the versions that are tested;
//! Oracle's MySQL shares the code with MariaDB and is not tested.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, missing_debug_implementations)]

#[cfg(feature = "axum")]
pub mod axum;
pub mod backend;
pub mod batch;
pub mod columns;
#[cfg(feature = "async")]
pub mod diesel_async;
mod diff;
mod dsl;
mod error;
#[cfg(feature = "tracing")]
mod events;
mod executes;
#[cfg(feature = "fingerprint")]
pub mod fingerprint;
#[cfg(feature = "form")]
pub mod form;
#[cfg(any(doc, doctest))]
pub mod guide;
mod hidden;
#[cfg(feature = "http")]
pub mod http;
mod identity;
mod key_order;
mod key_text;
#[cfg(feature = "lease")]
pub mod lease;
pub mod methods;
mod multi;
mod operation;
#[cfg(feature = "fingerprint")]
mod page;
pub mod prelude;
#[doc(hidden)]
#[allow(missing_docs, missing_debug_implementations)] // for generated code only
pub mod private;
#[cfg(feature = "retry")]
pub mod retry;
#[cfg(feature = "testing")]
mod rules;
pub mod scope;
#[cfg(any(feature = "form", feature = "fingerprint"))]
pub mod seal;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod shape;
mod stamp;
pub mod statement;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod token;
#[cfg(feature = "tracing")]
pub mod tracing;
mod tracked;
mod transaction;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod trigger;
mod unversioned;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub mod verify;
mod versioned;

pub use batch::{Chunk, Chunks, FailedChunk, SplitChunk};
pub use diff::{Change, Diff, Field, FieldConflict, Fields, Merged, Side};
#[cfg(feature = "http")]
pub use dsl::ConditionalDsl;
#[cfg(feature = "retry")]
pub use dsl::RetryDsl;
pub use dsl::{
    AttemptDsl, ChunksDsl, MakeAttempt, ResolveDsl, TrackedDsl, TransactionDsl, UnversionedDsl,
    VersionedDsl, VersionedSliceDsl,
};
#[cfg(feature = "fingerprint")]
pub use dsl::{FingerprintDsl, TrackedFingerprintDsl, UnversionedFingerprintDsl};
#[cfg(feature = "lease")]
pub use dsl::{LeaseDsl, LeasedDsl, LeasedSliceDsl};
#[cfg(any(feature = "form", feature = "fingerprint"))]
pub use error::SealError;
pub use error::{BatchConflict, ConcurrentModification, Error, Found, Lost, MergeConflict};
#[cfg(feature = "fingerprint")]
pub use error::{ChangedPart, PageChanged};
#[cfg(feature = "lease")]
pub use error::{LeaseHeld, LeaseLoss, LeaseLost};
#[cfg(feature = "fingerprint")]
pub use fingerprint::Fingerprint;
#[cfg(feature = "form")]
pub use form::FormDsl;
pub use key_text::{KeyText, KeyWriter, key_text};
pub use operation::{Attempt, LostAttempt, Outcome, Refreshed, Resolved, Saved, Upserted};
#[cfg(feature = "fingerprint")]
pub use optlock_derive::Fingerprint;
pub use optlock_derive::{Diff, Unversioned, Versioned};
#[cfg(feature = "retry")]
pub use retry::retry;
#[cfg(feature = "chrono")]
pub use stamp::AuditStamp;
pub use stamp::Stamp;
pub use statement::bump::{Bump, BumpVersion, bump_version};
#[cfg(feature = "chrono")]
pub use token::Timestamp;
pub use token::{Precision, Unstored, VersionToken, VersionValue};
#[cfg(feature = "uuid")]
pub use token::{UuidBytes, UuidText};
pub use tracked::Tracked;
pub use transaction::{Reborrow, TransactionOptions, Values, transaction};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use trigger::{TriggerSql, TriggerToken, trigger_sql};
pub use unversioned::Unversioned;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use verify::verify;
pub use versioned::{Versioned, VersionedChangeset};
