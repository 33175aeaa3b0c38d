//! What is reported to `tracing`. Without the feature of that name there is nothing in here to call.

use crate::backend::{Database, Dialect};
#[cfg(feature = "lease")]
use crate::error::LeaseLoss;
#[cfg(feature = "fingerprint")]
use crate::error::PageChanged;
use crate::error::{AnyRow, ConcurrentModification, Error, Found, MergeConflict};
use crate::token::VersionValue;
use std::fmt;
#[cfg(feature = "async")]
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "async")]
use tracing::Instrument as _;
use tracing::field::{DisplayValue, Empty, display};
use tracing::{Span, debug, debug_span};

/// Do events name the key of the row?
static KEYS_SHOWN: AtomicBool = AtomicBool::new(false);

/// See [`show_keys`](crate::tracing::show_keys).
pub(crate) fn show_keys(shown: bool) {
    KEYS_SHOWN.store(shown, Ordering::Relaxed);
}

fn shown(key: &str) -> Option<DisplayValue<&str>> {
    KEYS_SHOWN.load(Ordering::Relaxed).then(|| display(key))
}

/// An operation and its span.
pub(crate) struct Observed {
    operation: &'static str,
    #[cfg(feature = "fingerprint")]
    table: &'static str,
    span: Span,
}

impl Observed {
    /// The operation on a table. The path of its `logic` ends in the name of the method.
    pub(crate) fn of<DB: Dialect>(table: &'static str, logic: &'static str) -> Self {
        Self::new(DB::DATABASE, table, logic)
    }

    fn new(database: Option<Database>, table: &'static str, logic: &'static str) -> Self {
        let operation = match logic.rsplit_once(':') {
            Some((_, name)) => name.trim_start(),
            None => logic,
        };
        let span = debug_span!(
            target: "optlock",
            "optlock",
            otel.name = format_args!("{operation} {table}"),
            otel.kind = "client",
            db.system.name = system_name(database),
            db.collection.name = table,
            db.operation.name = operation,
            "error.type" = Empty,
        );
        Self {
            operation,
            #[cfg(feature = "fingerprint")]
            table,
            span,
        }
    }

    /// Runs the operation within its span.
    pub(crate) fn at_once<T: Failures>(self, run: impl FnOnce() -> T) -> T {
        self.span.in_scope(|| {
            let result = run();
            self.report(&result);
            result
        })
    }

    /// Waits for the operation within its span.
    #[cfg(feature = "async")]
    pub(crate) async fn awaited<T: Failures>(self, run: impl Future<Output = T>) -> T {
        let span = self.span.clone();
        let reported = async move {
            let result = run.await;
            self.report(&result);
            result
        };
        reported.instrument(span).await
    }

    fn report(&self, result: &impl Failures) {
        let mut is_recorded = false;
        // Of several, as `save_each_checked` has them, the first: what is recorded twice, some subscribers print twice.
        let mut record = |error: &Error| {
            if !std::mem::replace(&mut is_recorded, true) {
                self.span.record("error.type", kind_of(error));
            }
        };
        result.each(&mut |error| {
            record(error);
            self.failed(error);
        });
        result.passed_on().into_iter().for_each(record);
    }

    /// Reports a conflict, or the loss of a lease.
    fn failed(&self, error: &Error) {
        let operation = self.operation;
        match error {
            Error::ConcurrentModification(found) => conflict(operation, found),
            Error::BatchConflict(batch) => {
                for (_, found) in batch.conflicts() {
                    conflict(operation, found);
                }
            }
            Error::MergeConflict(found) => merge_conflict(operation, found),
            #[cfg(feature = "lease")]
            Error::LeaseLost(lost) => lease_lost(lost.table(), lost.key(), lost.loss()),
            #[cfg(feature = "fingerprint")]
            Error::PageChanged(changed) => page_changed(Some((self.table, operation)), changed),
            _ => {}
        }
    }
}

/// The name of a database in OpenTelemetry. `None` is an enum of connections, and MariaDB is spoken to as MySQL.
fn system_name(database: Option<Database>) -> &'static str {
    match database {
        Some(Database::Sqlite) => "sqlite",
        Some(Database::Postgres) => "postgresql",
        Some(Database::Mysql) => "mysql",
        None => "other_sql",
    }
}

/// The result of an operation, by its errors.
pub(crate) trait Failures {
    /// Shows each error.
    fn each(&self, show: &mut dyn FnMut(&Error));

    /// An error of a closure of the user's. What it has met is reported where it met it.
    fn passed_on(&self) -> Option<&Error> {
        None
    }
}

impl<T> Failures for Result<T, Error> {
    fn each(&self, show: &mut dyn FnMut(&Error)) {
        if let Err(error) = self {
            show(error);
        }
    }
}

impl<T> Failures for Vec<Result<T, Error>> {
    fn each(&self, show: &mut dyn FnMut(&Error)) {
        self.iter().for_each(|result| result.each(show));
    }
}

/// Which of few kinds of errors it is, for metrics.
fn kind_of(error: &Error) -> &'static str {
    match error {
        #[cfg(feature = "lease")]
        Error::LeaseHeld(_) => "lease_held",
        #[cfg(feature = "lease")]
        Error::LeaseLost(_) => "lease_lost",
        error if error.is_missing() => "missing",
        error if error.is_conflict() => "conflict",
        error if error.is_behind() => "behind",
        error if error.outcome_unknown() => "outcome_unknown",
        error if error.is_transient() => "transient",
        _ => "other",
    }
}

fn conflict(operation: &'static str, conflict: &ConcurrentModification) {
    let (kind, found) = match conflict.found() {
        Found::Modified { version } => ("changed", Some(version)),
        Found::Older { version } => ("behind", Some(version)),
        Found::Exists { version } => ("exists", Some(version)),
        Found::Changed { .. } => ("changed", None),
        Found::Missing => ("missing", None),
        Found::TransactionAborted => ("transaction_aborted", None),
        Found::Unknown => ("changed", None),
    };
    debug!(
        target: "optlock::conflict",
        {
            db.collection.name = conflict.table(),
            db.operation.name = operation,
            kind,
            expected = conflict.expected().map(display),
            found = found.map(display),
            key = shown(conflict.key()),
        },
        "another client came first"
    );
}

fn merge_conflict(operation: &'static str, conflict: &MergeConflict) {
    debug!(
        target: "optlock::conflict",
        {
            db.collection.name = conflict.table(),
            db.operation.name = operation,
            kind = "same_fields",
            fields = %Columns(conflict),
            key = shown(conflict.key()),
        },
        "another client came first"
    );
}

/// The columns in which a merge conflicts.
struct Columns<'c>(&'c MergeConflict);

impl fmt::Display for Columns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.0.fields().iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}", field.column())?;
        }
        Ok(())
    }
}

/// Reports a conflict that is no error: the operation returns the row that was `found`, or merges with it.
pub(crate) fn resolved(operation: &'static str, row: &dyn AnyRow, found: Option<VersionValue>) {
    let kind = if found.is_some() {
        "changed"
    } else {
        "missing"
    };
    debug!(
        target: "optlock::conflict",
        {
            db.collection.name = row.table(),
            db.operation.name = operation,
            kind,
            expected = row.version().map(display),
            found = found.map(display),
            key = shown(&row.key()),
        },
        "another client came first"
    );
}

/// Reports that a page shows what has changed since: how many parts of it, and not which. `save` is the table and
/// the operation, if something was to be saved.
#[cfg(feature = "fingerprint")]
pub(crate) fn page_changed(save: Option<(&'static str, &'static str)>, changed: &PageChanged) {
    debug!(
        target: "optlock::conflict",
        {
            db.collection.name = save.map(|(table, _)| table),
            db.operation.name = save.map(|(_, operation)| operation),
            kind = "page_changed",
            parts = changed.parts().len(),
            gone = changed.gone(),
        },
        "another client came first"
    );
}

/// Reports that there will be another attempt.
#[cfg(feature = "retry")]
pub(crate) fn retried(attempts: u32, delay: std::time::Duration) {
    debug!(
        target: "optlock::retry",
        {
            attempts,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        },
        "the transaction is run again"
    );
}

/// Reports that a lease is lost.
#[cfg(feature = "lease")]
pub(crate) fn lease_lost(table: &'static str, key: &str, loss: &LeaseLoss) {
    let kind = match loss {
        LeaseLoss::Lapsed => "lapsed",
        LeaseLoss::NotHolder { .. } => "not_holder",
        LeaseLoss::TakenOver { by_force: true, .. } => "stolen",
        LeaseLoss::TakenOver { .. } => "taken_over",
        LeaseLoss::OtherRow => "other_row",
        LeaseLoss::NoAnswer => "no_answer",
    };
    debug!(
        target: "optlock::lease",
        {
            db.collection.name = table,
            kind,
            key = shown(key),
        },
        "the lease is lost"
    );
}
