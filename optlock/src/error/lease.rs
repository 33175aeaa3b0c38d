//! The errors about leases.

use super::row_name::RowName;
use super::{AnyRow, ConcurrentModification, Error, Lost};
use crate::backend::{Dialect, ErrorClass, classify, settle};
use diesel::result::Error as DieselError;
use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The row of a lease, as errors name it.
#[derive(Debug, Clone)]
pub(crate) struct LeasedRow {
    pub(crate) table: &'static str,
    pub(crate) key: String,
}

impl LeasedRow {
    pub(crate) fn of(row: &dyn AnyRow) -> Self {
        Self {
            table: row.table(),
            key: row.key(),
        }
    }
}

/// Somebody else has the lease: nothing was acquired. All times are of the database's clock.
#[derive(Clone)]
pub struct LeaseHeld(Box<Holding>);

#[derive(Clone)]
struct Holding {
    row: LeasedRow,
    owner: String,
    since: SystemTime,
    until: SystemTime,
    remaining: Duration,
}

impl LeaseHeld {
    pub(crate) fn new(
        row: LeasedRow,
        owner: String,
        since: SystemTime,
        until: SystemTime,
        remaining: Duration,
    ) -> Self {
        Self(Box::new(Holding {
            row,
            owner,
            since,
            until,
            remaining,
        }))
    }

    /// The table of the row.
    pub fn table(&self) -> &'static str {
        self.0.row.table
    }

    /// The primary key of the row, as its `Debug` prints it.
    pub fn key(&self) -> &str {
        &self.0.row.key
    }

    /// The person who has the lease.
    pub fn owner(&self) -> &str {
        &self.0.owner
    }

    /// When it was acquired.
    pub fn since(&self) -> SystemTime {
        self.0.since
    }

    /// When it expires, unless it is renewed.
    pub fn until(&self) -> SystemTime {
        self.0.until
    }

    /// How long that was when the database was asked: for "try again in a minute", whatever the clocks of the clients.
    pub fn remaining(&self) -> Duration {
        self.0.remaining
    }

    /// What the [`Error`] prints: "contacts 7 is leased by ann for another 42 s".
    pub fn with_key(&self) -> String {
        self.message(Some(self.key()))
    }

    /// The same message without the key: "a row of contacts is leased by ann for another 42 s".
    pub fn without_key(&self) -> String {
        self.message(None)
    }

    /// The message without the owner, for whoever asks.
    #[cfg(feature = "http")]
    pub(crate) fn without_owner(&self, key: Option<&str>) -> String {
        self.of_owner("another client", key)
    }

    fn message(&self, key: Option<&str>) -> String {
        self.of_owner(&self.0.owner, key)
    }

    fn of_owner(&self, owner: &str, key: Option<&str>) -> String {
        let row = RowName(self.table(), key);
        // Rounded up: after that time it is over.
        let seconds = self.0.remaining.as_millis().div_ceil(1000);
        format!("{row} is leased by {owner} for another {seconds} s")
    }
}

impl StdError for LeaseHeld {}

impl fmt::Display for LeaseHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another client has the lease")
    }
}

impl fmt::Debug for LeaseHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseHeld")
            .field("table", &self.table())
            .field("key", &self.key())
            .field("owner", &self.owner())
            .field("since", &self.since())
            .field("until", &self.until())
            .field("remaining", &self.remaining())
            .finish()
    }
}

/// Why a lease is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseLoss {
    /// It has expired or was released, and nobody has acquired it since. Acquire it anew, and check the version: another
    /// client may have had it in between, if its record was [purged](crate::lease::purge).
    Lapsed,
    /// Its owner has it on another page.
    NotHolder {
        /// Which.
        holder: String,
    },
    /// Somebody else has acquired it since.
    TakenOver {
        /// Who acquired it last. It can be its old owner, who has acquired it again.
        by: String,
        /// When, by the database's clock.
        at: SystemTime,
        /// It had not expired, and was [stolen](crate::LeaseDsl::steal).
        by_force: bool,
    },
    /// It is a lease of another row than the one to be written.
    OtherRow,
    /// No renewal of a [keeper](crate::lease::LeaseKeeper) was answered until the lease may have expired, or nothing renews
    /// it any more, because of a panic. Another client may have it.
    NoAnswer,
}

#[cfg(feature = "http")]
impl LeaseLoss {
    fn without_names(&self) -> Self {
        let mut loss = self.clone();
        match &mut loss {
            Self::NotHolder { holder } => *holder = "another page".into(),
            Self::TakenOver { by, .. } => *by = "another client".into(),
            Self::Lapsed | Self::OtherRow | Self::NoAnswer => {}
        }
        loss
    }
}

impl fmt::Display for LeaseLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lapsed => f.write_str("the lease has expired or was released"),
            Self::NotHolder { holder } => write!(f, "its owner has the lease on {holder}"),
            Self::TakenOver { by, by_force, .. } if *by_force => {
                write!(f, "the lease was taken away by {by}")
            }
            Self::TakenOver { by, .. } => {
                write!(f, "the lease has expired, and {by} has acquired it")
            }
            Self::OtherRow => f.write_str("the lease is of another row"),
            Self::NoAnswer => {
                f.write_str("the database did not answer until the lease may have expired")
            }
        }
    }
}

/// A write that asks for a lease was refused, or a lease was not [resumed](crate::LeaseDsl::resume), or not
/// [renewed](crate::lease::LeaseAnswer::into_result), because the lease is lost. Nothing was written.
#[derive(Debug)]
pub struct LeaseLost(Box<Losing>);

#[derive(Debug)]
struct Losing {
    row: LeasedRow,
    loss: LeaseLoss,
    conflict: Option<ConcurrentModification>,
    refused: Refused,
}

/// What was refused because a lease is lost.
#[derive(Debug, Clone, Copy)]
enum Refused {
    Write,
    Resumption,
    Renewal,
}

impl LeaseLost {
    pub(crate) fn new(row: LeasedRow, loss: LeaseLoss, conflict: Option<Error>) -> Self {
        let conflict = match conflict {
            Some(Error::ConcurrentModification(conflict)) => Some(conflict),
            _ => None,
        };
        Self(Box::new(Losing {
            row,
            loss,
            conflict,
            refused: Refused::Write,
        }))
    }

    /// The lease was to be resumed.
    pub(crate) fn of_resumed(row: LeasedRow, loss: LeaseLoss) -> Self {
        Self::without_write(row, loss, Refused::Resumption)
    }

    /// The lease was to be renewed, or shortened, or released.
    pub(crate) fn of_renewed(row: LeasedRow, loss: LeaseLoss) -> Self {
        Self::without_write(row, loss, Refused::Renewal)
    }

    fn without_write(row: LeasedRow, loss: LeaseLoss, refused: Refused) -> Self {
        Self(Box::new(Losing {
            row,
            loss,
            conflict: None,
            refused,
        }))
    }

    /// The table of the lease's row.
    pub fn table(&self) -> &'static str {
        self.0.row.table
    }

    /// The primary key of the lease's row, as its `Debug` prints it.
    pub fn key(&self) -> &str {
        &self.0.row.key
    }

    /// What happened to the lease.
    pub fn loss(&self) -> &LeaseLoss {
        &self.0.loss
    }

    /// The conflict, if the version is stale as well: somebody has written since.
    pub fn conflict(&self) -> Option<&ConcurrentModification> {
        self.0.conflict.as_ref()
    }

    /// What the [`Error`] prints: "contacts 7 was not written: the lease has expired, and bob has acquired it", or "the lease
    /// of contacts 7 was not resumed: ..", or "the lease of contacts 7 is lost: ..".
    pub fn with_key(&self) -> String {
        self.message(Some(self.key()))
    }

    /// The same message without the key.
    pub fn without_key(&self) -> String {
        self.message(None)
    }

    /// The message without names of persons and pages, for whoever asks.
    #[cfg(feature = "http")]
    pub(crate) fn without_names(&self, key: Option<&str>) -> String {
        self.of_loss(&self.loss().without_names(), key)
    }

    fn message(&self, key: Option<&str>) -> String {
        self.of_loss(self.loss(), key)
    }

    fn of_loss(&self, loss: &LeaseLoss, key: Option<&str>) -> String {
        let row = RowName(self.table(), key);
        match (self.0.refused, self.conflict()) {
            (Refused::Resumption, _) => format!("the lease of {row} was not resumed: {loss}"),
            (Refused::Renewal, _) => format!("the lease of {row} is lost: {loss}"),
            (Refused::Write, None) => format!("{row} was not written: {loss}"),
            (Refused::Write, Some(conflict)) => format!(
                "{row} was not written: {loss}; and {}",
                conflict.without_key()
            ),
        }
    }
}

impl StdError for LeaseLost {}

impl fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.loss().fmt(f)
    }
}

impl Error {
    /// A write to the table of leases failed.
    pub(crate) fn of_lease_write<DB: Dialect>(error: DieselError, in_transaction: bool) -> Self {
        match classify(&error, DB::DATABASE) {
            ErrorClass::ConnectionLost if in_transaction => {
                Self::ConnectionLost(Lost::nothing_landed(error))
            }
            ErrorClass::ConnectionLost => Self::OutcomeUnknown(Lost::unknown(error)),
            _ => settle(error, DB::DATABASE).into(),
        }
    }
}
