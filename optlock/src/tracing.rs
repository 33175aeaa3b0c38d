//! What optlock reports to the crate `tracing` (feature `tracing`): a span for each operation, and an event for each
//! conflict, retry and lost lease. **All of it is on the level `DEBUG`**, because a conflict is no fault of the program;
//! and none of it has a value, beside the two versions and, if you [ask for it](show_keys), the key.
//!
//! To see it, let the level through: `tracing_subscriber::fmt().with_max_level(Level::DEBUG).init()`, or with an `EnvFilter`
//! `optlock=debug`. A layer that counts conflicts for metrics:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! # fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection();
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//! use tracing::field::{Field, Visit};
//! use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
//! use tracing_subscriber::filter::{LevelFilter, Targets};
//!
//! /// Counts conflicts by table. A program with a crate for metrics increments its counter in place of the map.
//! #[derive(Clone, Default)]
//! struct Conflicts(Arc<Mutex<BTreeMap<String, u64>>>);
//!
//! impl<S: tracing::Subscriber> Layer<S> for Conflicts {
//!     fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
//!         struct Table(Option<String>);
//!         impl Visit for Table {
//!             fn record_str(&mut self, field: &Field, value: &str) {
//!                 if field.name() == "db.collection.name" {
//!                     self.0 = Some(value.to_owned());
//!                 }
//!             }
//!             fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
//!         }
//!         let mut table = Table(None);
//!         event.record(&mut table);
//!         if let Some(table) = table.0 {
//!             *self.0.lock().unwrap().entry(table).or_default() += 1;
//!         }
//!     }
//! }
//!
//! let conflicts = Conflicts::default();
//! let only = Targets::new().with_target("optlock::conflict", LevelFilter::DEBUG);
//! let subscriber = tracing_subscriber::registry().with(conflicts.clone().with_filter(only));
//! let _guard = tracing::subscriber::set_default(subscriber); // a program: `set_global_default`
//!
//! let mut stale: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
//! # diesel::update(contacts::table).set(contacts::version.eq(5)).execute(conn)?;
//! // .. another client saves the row until its version is 5 ..
//! assert!(stale.save_checked(conn).is_err());
//! assert_eq!(conflicts.0.lock().unwrap().get("contacts"), Some(&1));
//! # Ok(())
//! # }
//! ```
//!
//! # Spans
//!
//! Each operation of a model is a span with the target `optlock` and the name `optlock`. Its fields have the names of
//! OpenTelemetry's [conventions for database clients](https://opentelemetry.io/docs/specs/semconv/database/database-spans/).
//! `save_each_checked` is one span, whose `error.type` is that of the first save that failed. A transaction and a
//! [`retry`](mod@crate::retry) have no span of their own: the operations in them have theirs.
//!
//! | field | value |
//! |---|---|
//! | `otel.name` | operation and table: `save_checked contacts` |
//! | `otel.kind` | `client` |
//! | `db.system.name` | `sqlite`, `postgresql`, `mysql` (MariaDB too), or `other_sql` of an enum of connections |
//! | `db.collection.name` | the table |
//! | `db.operation.name` | the method: `save_checked` |
//! | `error.type` | only of an operation that failed: `conflict`, `missing`, `behind`, `lease_held`, `lease_lost`, `outcome_unknown`, `transient` or `other` |
//!
//! A span is open while its operation runs, so that what Diesel's instrumentation reports of a statement is within it. An
//! operation whose future is dropped closes its span without an `error.type`.
//!
//! # Events
//!
//! | target | when | fields |
//! |---|---|---|
//! | `optlock::conflict` | a checked write or check met another client's change: one event for each row | `db.collection.name`, `db.operation.name`, `kind`, `expected`, `found`, `key` |
//! | `optlock::retry` | a [`retry`](mod@crate::retry) begins another attempt | `attempts`, `delay_ms` |
//! | `optlock::lease` | a [lease](mod@crate::lease) is found to be lost | `db.collection.name`, `kind`, `key` |
//!
//! - `expected` and `found` are the two versions. `found` is there only if a row was, and `expected` only if the table has
//!   a version.
//! - The `kind` of a conflict is `changed`, `behind` (an older version), `missing`, `exists` (an upsert), `same_fields` (a
//!   merge, with the columns in `fields`) or `transaction_aborted` (the database gave the transaction up). A client can have
//!   `behind` reported by an `If-Match` with a higher version, which it has made up.
//! - Of a [fingerprint](crate::guide::fingerprints) that does not match, the `kind` is `page_changed`, with the numbers of its
//!   `parts` that have changed and that are `gone`. The table is that of the row which `save_if_unchanged` was to save; of a
//!   `verify` alone there is none, and no operation.
//! - A conflict that is no error is reported too: of `save_or_load`, and of `save_merged` each time the two were merged.
//!   What `force_save` passes over is not.
//! - The `kind` of a lost lease is `lapsed`, `not_holder`, `taken_over`, `stolen`, `other_row` or `no_answer`.
//! - A serialization failure that COMMIT reports belongs to no row, and is reported by the retry alone.

use crate::events;

/// Lets events name the row: `key`, the primary key as its `Debug` prints it. Off at first, because a key can be personal
/// data. It holds for the whole program.
///
/// ```
/// optlock::tracing::show_keys(true);
/// ```
pub fn show_keys(shown: bool) {
    events::show_keys(shown);
}
