//! Why a checked operation did not succeed.

mod batch;
mod conflict;
mod field_names;
#[cfg(feature = "lease")]
mod lease;
mod lost;
mod lost_row;
mod lost_write;
mod merge;
mod message;
mod of_row;
#[cfg(feature = "fingerprint")]
mod page;
mod row_name;
#[cfg(any(feature = "form", feature = "fingerprint"))]
mod seal;
mod what_failed;

pub use batch::BatchConflict;
pub use conflict::{ConcurrentModification, Found};
#[cfg(feature = "lease")]
pub(crate) use lease::LeasedRow;
#[cfg(feature = "lease")]
pub use lease::{LeaseHeld, LeaseLoss, LeaseLost};
pub use lost::Lost;
pub(crate) use lost_row::LostRow;
pub(crate) use lost_write::LostWrite;
pub use merge::MergeConflict;
pub(crate) use of_row::{AnyModel, AnyRow, WithoutVersion};
#[cfg(feature = "fingerprint")]
pub(crate) use page::PartRow;
#[cfg(feature = "fingerprint")]
pub use page::{ChangedPart, PageChanged};
#[cfg(any(feature = "form", feature = "fingerprint"))]
pub use seal::SealError;

use crate::backend::{ErrorClass, classify};
use crate::token::VersionValue;
use diesel::result::Error as DieselError;
use what_failed::what_failed;

/// Why a checked operation did not succeed. Whatever it says, the value in memory is what it was
/// before the call.
///
/// **What it prints** (`{}`) names the table, the key and the two versions, and no other value;
/// [`without_key`](Self::without_key) leaves the key out. **`{:?}`, and a report of the whole chain of
/// sources, show the database's own words too**, which can contain keys and values ("Duplicate entry
/// 'ann@example.org' for key ..").
///
/// The `source()` of a conflict is a [`ConcurrentModification`], [`BatchConflict`] or [`MergeConflict`],
/// which says in a few words what happened, and that of [`Database`](Self::Database) is Diesel's error.
/// So both are found in an error of your own that wraps this one, by
/// [`is_retryable`](crate::retry::is_retryable) too.
///
/// It is not generic, so `?` carries it through any handler, and `From<diesel::result::Error>` lets
/// it be the error of a transaction. In the other direction [`From<Error> for
/// diesel::result::Error`](#impl-From%3CError%3E-for-Error) carries it through functions that
/// return `QueryResult`: it comes out as it went in, when that error is turned into an
/// `optlock::Error` again.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// fn rename(contact: &mut Contact, name: &str, conn: &mut SqliteConnection) -> QueryResult<()> {
///     contact.name = name.to_owned();
///     contact.save_checked(conn)?;
///     Ok(())
/// }
///
/// let mut stale: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table).set(contacts::version.eq(5)).execute(conn)?;
/// // .. another client saves the row until its version is 5 ..
/// let error = optlock::Error::from(rename(&mut stale, "Ann B.", conn).unwrap_err());
/// assert!(error.is_conflict());
/// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 5");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another client changed or deleted the row; or the row is older than expected
    /// ([`is_behind`](Self::is_behind)).
    #[error("{}", .0.with_key())]
    ConcurrentModification(#[from] ConcurrentModification),

    /// Another client changed or deleted rows of a batch, which was rolled back.
    #[error("{}", .0.with_key())]
    BatchConflict(#[from] BatchConflict),

    /// Another client changed the row, and in the same fields:
    /// [`save_merged`](crate::VersionedDsl::save_merged) does not decide between the two.
    #[error("{}", .0.with_key())]
    MergeConflict(#[from] MergeConflict),

    /// No row was written, or locked, although the row has the expected version (by force: any version). One of:
    ///
    /// - A row-level policy, a trigger or a rule of the database refused the write or the lock, or left out the row of an
    ///   insert.
    /// - The row was deleted and inserted again in the meantime.
    /// - On a node of [Galera](crate::guide::clusters) with `wsrep_sync_wait = 1`, by which reads wait for what other nodes
    ///   have written, and writes do not: that arrived between the two.
    /// - On SQLite: another program wrote the version, a timestamp, in another form than Diesel's.
    #[error("{}", message::refused(table, Some(key), version.as_ref()))]
    #[non_exhaustive]
    Refused {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// The version that was found. `None` for a table without a version.
        version: Option<VersionValue>,
    },

    /// The version is the last one of its type or of its column: the maximum of an integer, the end
    /// of a timestamp (see [`VersionToken`](crate::VersionToken)). Nothing was written.
    #[error("{}", message::version_exhausted(table, Some(key), version))]
    #[non_exhaustive]
    VersionExhausted {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// The version in memory.
        version: VersionValue,
    },

    /// The version is [generated](crate::Versioned::GENERATED) by the database, and behind the write the row still had the
    /// expected one: there is no trigger that advances it. The write was rolled back; where PostgreSQL returns the version
    /// with the write, an open transaction is aborted.
    #[error("{}", message::not_generated(table, Some(key), version))]
    #[non_exhaustive]
    NotGenerated {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// The version that the row has kept.
        version: VersionValue,
    },

    /// The write matched several rows: the model's primary key is not unique. Outside a transaction they
    /// **have been written**; inside one, roll back. (A batch writes none of its rows then.)
    #[error("{}", message::key_not_unique(table, Some(key), *rows))]
    #[non_exhaustive]
    KeyNotUnique {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// How many rows matched.
        rows: usize,
    },

    /// A key is in a batch twice. Nothing was written. Two keys that are equal to the database alone ('amy'
    /// and 'AMY') are found only after statements were sent: which of the two is named is not defined.
    #[error("{}", message::duplicate_key(table, Some(key)))]
    #[non_exhaustive]
    DuplicateKey {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
    },

    /// An embedded struct writes a column that belongs to another field, of the key, the version or
    /// any other, so that the statement would set it twice, or move the row. Nothing was sent. Remove
    /// the field from the embedded struct, or mark it `#[diesel(skip_update)]`. (If the embedded struct
    /// derives [`Diff`](crate::Diff), this is a compile error.)
    #[error(
        "an embedded struct writes the column `{column}` of {table}, which belongs to another field"
    )]
    #[non_exhaustive]
    EmbeddedColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },

    /// The connection was lost during a write outside a transaction, or during the COMMIT of an operation that has a
    /// transaction of its own. The write may have been committed, and it may be committed later: a server that
    /// waits for a lock does not notice at once that its client is gone.
    ///
    /// [`attempt_of`](crate::MakeAttempt::attempt_of) makes a [`LostAttempt`](crate::LostAttempt) of the value and this
    /// error, which finds out [what became of it](crate::guide::lost_writes).
    #[error("the connection was lost during a write, which may have landed or not")]
    OutcomeUnknown(#[source] Lost),

    /// The connection was lost inside a transaction before its COMMIT, or outside one during a read:
    /// nothing was committed.
    #[error(
        "the connection was lost before anything could land: in a read, or in a transaction, which the database then rolls back"
    )]
    ConnectionLost(#[source] Lost),

    /// The connection is given up, because nobody knows what is open on it, or which answer comes next: a future
    /// was dropped while it waited on it ([which](crate::guide::async_connections)), or a ROLLBACK failed.
    /// Nothing was sent, and of an open transaction nothing lands. Take another connection; a pool does not
    /// hand this one out again.
    #[error(
        "the connection is given up: a future that was dropped, or a ROLLBACK that failed, has left it in an unknown state"
    )]
    ConnectionBroken,

    /// A lock was requested outside a transaction, where it would end at once. A transaction
    /// that a raw `BEGIN` has opened does not count, because Diesel does not know of it. Nothing
    /// was sent.
    #[error(
        "a row is locked to the end of a transaction, and none is open: use `optlock::transaction`"
    )]
    NotInTransaction,

    /// An [`optlock::transaction`](crate::transaction()) had ended before its COMMIT. The source is the
    /// database's answer to the check before the COMMIT. Never retried.
    ///
    /// - The database gave the transaction up after an error that the body did not return. PostgreSQL
    ///   reports this, and nothing was committed.
    /// - A statement in the body ended the transaction: a raw `COMMIT` or `ROLLBACK`; on MySQL and
    ///   MariaDB also DDL, `TRUNCATE`, `LOCK TABLES` or another `BEGIN`. What came before may have been
    ///   committed, and each statement after it committed by itself:
    ///   [`outcome_unknown`](Self::outcome_unknown). On MySQL, MariaDB and SQLite an error that was not
    ///   returned looks the same.
    #[error("{}", .0.reason())]
    TransactionLost(#[source] Lost),

    /// A transaction inside an [`optlock::transaction`](crate::transaction()) was still open before the
    /// COMMIT: Diesel leaves it open after a panic in it, which the body has caught, and after its future was
    /// dropped. All was rolled back, because what the body did after that was a part of the inner transaction.
    #[error(
        "a transaction inside of the one to commit was left open, by a panic that was caught or a future that was dropped; all was rolled back"
    )]
    TransactionLeftOpen,

    /// A [`retry`](mod@crate::retry), a transaction with
    /// [`TransactionOptions`](crate::TransactionOptions), an operation on a lease, a `save_if_unchanged` or a chunk of
    /// [`Chunks`](crate::Chunks) was called inside an open transaction. Each attempt of the retry would meet the same
    /// conflict, the options cannot change a transaction that has begun, a rollback would leave a lease in memory that the
    /// database does not know, what a page shows would be compared with an old snapshot, and a chunk would not be committed.
    /// Nothing was sent. Call it outside of the transaction.
    #[error("{what} must be the outermost transaction, and one is open already")]
    #[non_exhaustive]
    AlreadyInTransaction {
        /// What was called.
        what: &'static str,
    },

    /// The database has no such transactions
    /// ([`TransactionOptions`](crate::TransactionOptions)). Nothing was sent.
    #[error("{database} has no {what}")]
    #[non_exhaustive]
    Unsupported {
        /// The database.
        database: &'static str,
        /// What was asked for.
        what: &'static str,
    },

    /// Somebody else has the lease that was to be acquired.
    #[cfg(feature = "lease")]
    #[error("{}", .0.with_key())]
    LeaseHeld(#[from] LeaseHeld),

    /// The lease that a write asks for, or that was to be [resumed](crate::LeaseDsl::resume) or
    /// [renewed](crate::lease::LeaseAnswer::into_result), is lost. Nothing was written. It is no conflict to a
    /// [`retry`](mod@crate::retry), even if [the version is stale as well](LeaseLost::conflict): another attempt would
    /// not have the lease either.
    #[cfg(feature = "lease")]
    #[error("{}", .0.with_key())]
    LeaseLost(#[from] LeaseLost),

    /// The owner or the holder of a lease has no bytes, or more than 255. Nothing was sent.
    #[cfg(feature = "lease")]
    #[error("the {what} of a lease has 1 to 255 bytes, and this one has {bytes}")]
    #[non_exhaustive]
    LeaseName {
        /// `owner` or `holder`.
        what: &'static str,
        /// How many bytes it has.
        bytes: usize,
    },

    /// What was to be [resumed](crate::LeaseDsl::resume) is no [token](crate::lease::Lease::token) of a lease. Nothing was
    /// sent.
    #[cfg(feature = "lease")]
    #[error("what should be the token of a lease is none")]
    LeaseToken,

    /// A lease was to last for less than a millisecond. Nothing was sent.
    #[cfg(feature = "lease")]
    #[error("a lease lasts a millisecond at least")]
    LeaseTooShort,

    /// An `If-Match` header names no version of the row: its tags are weak, of another row or of another program. Or it
    /// names several, and [`require`](crate::http::Conditional::require) finds none that the value has. Or it is `*`, which
    /// the handler [did not accept](crate::http::IfMatch::accept_any). Nothing was written. It is no conflict to a
    /// [`retry`](mod@crate::retry): the client has to send another header.
    #[cfg(feature = "http")]
    #[error("{}", message::precondition_failed(table, Some(key), *any))]
    #[non_exhaustive]
    PreconditionFailed {
        /// The table.
        table: &'static str,
        /// The primary key.
        key: String,
        /// The header is `*`.
        any: bool,
    },

    /// Any other error of the database or of Diesel, a violated constraint for example. It prints what
    /// failed, and its source, which is Diesel's error, the database's own words.
    #[error("{}", what_failed(.0))]
    Database(#[source] DieselError),

    /// A signed text that a page has sent back is refused, or cannot be made. Nothing was sent.
    #[cfg(any(feature = "form", feature = "fingerprint"))]
    #[error(transparent)]
    Seal(#[from] SealError),

    /// What a page has shown has changed since: its [`Fingerprint`](struct@crate::Fingerprint) does not match.
    #[cfg(feature = "fingerprint")]
    #[error("{}", .0.with_key())]
    PageChanged(#[from] PageChanged),

    /// A [`save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged) would change fields that are not in the
    /// [`Fingerprint`](struct@crate::Fingerprint): they were [left out](crate::fingerprint::FingerprintBuilder::without), or
    /// are marked `#[optlock(skip_fingerprint)]`. What another client has written into them since the page was made would be
    /// overwritten. **It is a mistake of the program**, and nothing was written. Either cover the fields, on the page and in
    /// its handler; or save them as they were loaded. (If they are as they were loaded, another program has written them and has
    /// not advanced the version.)
    #[cfg(feature = "fingerprint")]
    #[error("{}", message::not_in_fingerprint(table, fields))]
    #[non_exhaustive]
    NotInFingerprint {
        /// The table.
        table: &'static str,
        /// The names of the fields.
        fields: Vec<String>,
    },
}

impl Error {
    /// Did another client win? True for [`ConcurrentModification`](Self::ConcurrentModification),
    /// [`MergeConflict`](Self::MergeConflict), [`BatchConflict`](Self::BatchConflict), `PageChanged`, and for a
    /// database error of that class: a serialization failure, also from COMMIT. (MySQL and MariaDB
    /// report a deadlock as one.) Load the row again before repeating the write. False if no row was
    /// changed by another client, but rows are older than expected: [`is_behind`](Self::is_behind). Of a batch
    /// both can be true.
    ///
    /// ```
    /// use diesel::result::{DatabaseErrorKind, Error::DatabaseError};
    ///
    /// // from the COMMIT of a SERIALIZABLE transaction
    /// let text = "could not serialize access due to read/write dependencies among transactions";
    /// let failure = DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new(text.to_owned()));
    /// assert!(optlock::Error::from(failure).is_conflict());
    /// ```
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::ConcurrentModification(conflict) => !conflict.is_behind(),
            Self::BatchConflict(batch) => batch.is_conflict(),
            Self::MergeConflict(_) => true,
            #[cfg(feature = "fingerprint")]
            Self::PageChanged(_) => true,
            Self::Database(error) => classify(error, None) == ErrorClass::Conflict,
            _ => false,
        }
    }

    /// Is the row, or a row of the batch, **older** than expected ([`Found::Older`])? A version that counts does not go
    /// back by a save, so one of these is behind it:
    ///
    /// - The server lags: a node of Galera that has not applied the last write yet, a replica. It catches up by
    ///   itself.
    /// - The server has lost writes that were acknowledged, by a failover to a replica that was behind, or a backup that
    ///   was restored. It does not get them back by itself.
    /// - The row was deleted and inserted again, and counts from 1.
    /// - Another program has written an older version back: Diesel's `save_changes` does.
    /// - The transaction has an older snapshot than the value (on PostgreSQL from REPEATABLE READ on): the value was
    ///   loaded or saved elsewhere after the transaction had begun.
    /// - The value was read before it was committed (READ UNCOMMITTED on MySQL and MariaDB), and its write was rolled back.
    /// - The value in memory is ahead: its save was rolled back by Diesel's own `transaction`, or by a transaction around
    ///   an `optlock::transaction`.
    ///
    /// **Load the row again on the server that is written to, and apply the edit to that.** Never repeat the write
    /// until it succeeds: the version that is expected can come back with the next save of another client, which would be
    /// overwritten. So a [`retry`](mod@crate::retry) does not repeat it, unless [you say so](crate::guide::retry).
    /// [Clusters and replicas](crate::guide::clusters) has the settings by which servers do not lag.
    ///
    /// Only a version whose type promises an order tells ([`VersionToken::ORDERED`](crate::VersionToken::ORDERED)):
    /// optlock's integers do. Of a UUID, a time, or a version that the database makes, an older row is a
    /// [conflict](Self::is_conflict).
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// ann.version = 3; // as if a server that is ahead of this one had returned it
    /// let error = ann.save_checked(conn).unwrap_err();
    /// assert!(error.is_behind() && !error.is_conflict());
    /// assert_eq!(error.to_string(), "contacts 1 is behind: expected version 3, found the older 1");
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_behind(&self) -> bool {
        match self {
            Self::ConcurrentModification(conflict) => conflict.is_behind(),
            Self::BatchConflict(batch) => batch.is_behind(),
            _ => false,
        }
    }

    /// The same message without the primary key, for where a key is personal data: "a row of
    /// contacts was changed: expected version 3, found 5".
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// ann.version = i64::MAX;
    /// let error = ann.save_checked(conn).unwrap_err();
    /// assert_eq!(
    ///     error.without_key(),
    ///     "a row of contacts cannot be written: no version follows 9223372036854775807"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_key(&self) -> String {
        match self {
            Self::ConcurrentModification(conflict) => conflict.without_key(),
            Self::MergeConflict(conflict) => conflict.without_key(),
            Self::BatchConflict(conflict) => conflict.without_key(),
            Self::DuplicateKey { table, .. } => message::duplicate_key(table, None),
            Self::Refused { table, version, .. } => message::refused(table, None, version.as_ref()),
            Self::VersionExhausted { table, version, .. } => {
                message::version_exhausted(table, None, version)
            }
            Self::NotGenerated { table, version, .. } => {
                message::not_generated(table, None, version)
            }
            Self::KeyNotUnique { table, rows, .. } => message::key_not_unique(table, None, *rows),
            #[cfg(feature = "http")]
            Self::PreconditionFailed { table, any, .. } => {
                message::precondition_failed(table, None, *any)
            }
            #[cfg(feature = "lease")]
            Self::LeaseHeld(held) => held.without_key(),
            #[cfg(feature = "lease")]
            Self::LeaseLost(lost) => lost.without_key(),
            #[cfg(feature = "fingerprint")]
            Self::PageChanged(changed) => changed.without_key(),
            other => other.to_string(),
        }
    }

    /// Is the row gone? True for a conflict with [`Found::Missing`]; never for a batch, whose other
    /// rows were not written either.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # diesel::delete(contacts::table).execute(conn)?;
    /// match ann.delete_checked(conn) {
    ///     Err(error) if error.is_missing() => println!("another client has deleted it: fine"),
    ///     result => result?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::ConcurrentModification(conflict) if *conflict.found() == Found::Missing)
    }

    /// Did a query find no row? True for Diesel's `NotFound` in [`Database`](Self::Database), as a
    /// `first(conn)?` of yours returns it. A checked write that finds no row is
    /// [`is_missing`](Self::is_missing).
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() {
    /// # let conn = &mut establish_connection();
    /// fn load(id: i32, conn: &mut SqliteConnection) -> Result<Contact, optlock::Error> {
    ///     Ok(contacts::table.find(id).select(Contact::as_select()).first(conn)?)
    /// }
    /// assert!(load(9, conn).unwrap_err().is_not_found());
    /// # }
    /// ```
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Database(DieselError::NotFound))
    }

    /// May the same transaction, run again **from its start**, well succeed without anybody
    /// deciding anything? True for a deadlock, a lock timeout, SQLite's "database is locked",
    /// and for each conflict that the database reported by giving up the transaction
    /// ([`Found::TransactionAborted`], a serialization failure).
    ///
    /// ```
    /// use diesel::result::{DatabaseErrorKind, Error::DatabaseError};
    ///
    /// let busy = DatabaseError(DatabaseErrorKind::Unknown, Box::new("database is locked".to_owned()));
    /// let error = optlock::Error::from(busy);
    /// assert!(error.is_transient() && !error.is_conflict());
    /// ```
    pub fn is_transient(&self) -> bool {
        match self {
            Self::ConcurrentModification(conflict) => {
                *conflict.found() == Found::TransactionAborted
            }
            Self::Database(error) => {
                matches!(
                    classify(error, None),
                    ErrorClass::Conflict | ErrorClass::Transient
                )
            }
            _ => false,
        }
    }

    /// May the write have landed although it failed? True if the connection was lost during a write
    /// outside a transaction or during a COMMIT, or if a transaction was ended by a statement in it
    /// ([`TransactionLost`](Self::TransactionLost)); never retry then. A lost connection that came
    /// as a plain Diesel error (through `?`) counts too, because it does not say what was going on.
    ///
    /// ```
    /// use diesel::result::{DatabaseErrorKind, Error::DatabaseError};
    ///
    /// let text = "server closed the connection unexpectedly";
    /// let lost = DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(text.to_owned()));
    /// let error = optlock::Error::from(lost);
    /// assert!(error.outcome_unknown() && !error.is_transient());
    /// ```
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::OutcomeUnknown(lost)
            | Self::ConnectionLost(lost)
            | Self::TransactionLost(lost) => lost.may_have_landed(),
            Self::Database(error) => classify(error, None) == ErrorClass::ConnectionLost,
            _ => false,
        }
    }
}

impl From<DieselError> for Error {
    /// Wraps the error, or gives back the [`Error`] that was wrapped in it.
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::QueryBuilderError(error) => match error.downcast::<Self>() {
                Ok(error) => *error,
                Err(error) => Self::Database(DieselError::QueryBuilderError(error)),
            },
            DieselError::BrokenTransactionManager => Self::ConnectionBroken,
            error => Self::Database(error),
        }
    }
}

impl From<Error> for DieselError {
    /// For functions that return `QueryResult`. What is not a Diesel error travels inside of
    /// `QueryBuilderError`, which prints as the error in it.
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error,
            Error::ConnectionBroken => Self::BrokenTransactionManager,
            error => Self::QueryBuilderError(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Field;
    use diesel::result::DatabaseErrorKind;

    #[test]
    fn an_error_comes_out_of_a_diesel_error_as_it_went_in() {
        let conflict =
            ConcurrentModification::new("contacts", "7".into(), Some(3.into()), Found::Missing);
        let error = Error::from(DieselError::from(Error::from(conflict)));
        assert!(error.is_conflict() && error.is_missing(), "{error:?}");

        let error = Error::from(DieselError::from(Error::Database(DieselError::NotFound)));
        assert!(
            matches!(error, Error::Database(DieselError::NotFound)),
            "{error:?}"
        );
    }

    #[test]
    fn an_older_row_is_behind_and_a_conflict_only_if_another_row_of_its_batch_is_one() {
        let row =
            |found| ConcurrentModification::new("contacts", "7".into(), Some(3.into()), found);
        let older = || row(Found::Older { version: 2.into() });
        let error = Error::from(older());
        assert!(error.is_behind() && !error.is_conflict() && !error.is_transient());
        let batch = |rows: Vec<ConcurrentModification>| {
            Error::from(BatchConflict::new(
                9,
                rows.into_iter().enumerate().collect(),
            ))
        };
        let error = batch(vec![older(), older()]);
        assert!(error.is_behind() && !error.is_conflict(), "{error:?}");
        let error = batch(vec![older(), row(Found::Missing)]);
        assert!(error.is_behind() && error.is_conflict(), "{error:?}");
        let error = batch(vec![row(Found::Missing)]);
        assert!(!error.is_behind() && error.is_conflict(), "{error:?}");
    }

    #[test]
    fn a_broken_connection_is_diesels_broken_transaction_manager_and_no_predicate_is_true() {
        let error = Error::from(DieselError::BrokenTransactionManager);
        assert!(matches!(error, Error::ConnectionBroken), "{error:?}");
        assert!(!error.is_conflict() && !error.is_missing() && !error.is_not_found());
        assert!(!error.is_transient() && !error.outcome_unknown());
        let error = DieselError::from(error);
        assert!(
            matches!(error, DieselError::BrokenTransactionManager),
            "{error:?}"
        );
    }

    #[test]
    fn a_lost_connection_is_unknown_and_never_transient() {
        let lost = |kind| {
            DieselError::DatabaseError(
                kind,
                Box::new("server closed the connection unexpectedly".to_owned()),
            )
        };
        for error in [
            Error::OutcomeUnknown(Lost::unknown(lost(DatabaseErrorKind::ClosedConnection))),
            Error::Database(lost(DatabaseErrorKind::ClosedConnection)),
        ] {
            assert!(
                error.outcome_unknown() && !error.is_transient() && !error.is_conflict(),
                "{error:?}"
            );
        }
        let error = Error::ConnectionLost(Lost::nothing_landed(lost(
            DatabaseErrorKind::ClosedConnection,
        )));
        assert!(
            !error.outcome_unknown() && !error.is_transient(),
            "{error:?}"
        );
    }

    fn of_each_kind() -> Vec<DieselError> {
        use DatabaseErrorKind as Kind;
        let database =
            |kind, text: &str| DieselError::DatabaseError(kind, Box::new(text.to_owned()));
        vec![
            database(
                Kind::UniqueViolation,
                "Duplicate entry '7' for key 'PRIMARY'",
            ),
            database(Kind::ForeignKeyViolation, "FOREIGN KEY constraint failed"),
            database(
                Kind::NotNullViolation,
                "NOT NULL constraint failed: contacts.name",
            ),
            database(Kind::CheckViolation, "CHECK constraint failed: named"),
            database(
                Kind::ReadOnlyTransaction,
                "cannot execute UPDATE in a read-only transaction",
            ),
            database(Kind::SerializationFailure, "could not serialize access"),
            database(
                Kind::ClosedConnection,
                "server closed the connection unexpectedly",
            ),
            database(Kind::Unknown, "deadlock detected"),
            database(Kind::Unknown, "Server has gone away"),
            database(Kind::Unknown, "no such table: contacts"),
            DieselError::NotFound,
            DieselError::RollbackTransaction,
            DieselError::BrokenTransactionManager,
            DieselError::AlreadyInTransaction,
            DieselError::NotInTransaction,
            DieselError::QueryBuilderError("no changes".into()),
            DieselError::DeserializationError("no UUID".into()),
            DieselError::SerializationError("out of range".into()),
        ]
    }

    fn of_each_variant() -> Vec<Error> {
        let name = Field::new("name", "name");
        let row =
            |found| ConcurrentModification::new("contacts", "7".into(), Some(3.into()), found);
        let modified = || Found::Modified { version: 5.into() };
        let mut errors: Vec<Error> = vec![
            row(modified()).into(),
            row(Found::Changed { fields: vec![name] }).into(),
            row(Found::Older { version: 2.into() }).into(),
            row(Found::Exists { version: 5.into() }).into(),
            row(Found::Missing).into(),
            row(Found::TransactionAborted).into(),
            row(Found::Unknown).into(),
            BatchConflict::new(2, vec![(0, row(modified())), (1, row(Found::Missing))]).into(),
            MergeConflict::new("contacts", "7".into(), vec![name]).into(),
            Error::DuplicateKey {
                table: "contacts",
                key: "7".into(),
            },
            Error::KeyNotUnique {
                table: "contacts",
                key: "7".into(),
                rows: 2,
            },
            Error::VersionExhausted {
                table: "contacts",
                key: "7".into(),
                version: 32_000.into(),
            },
            Error::NotGenerated {
                table: "contacts",
                key: "7".into(),
                version: 3.into(),
            },
            Error::Refused {
                table: "contacts",
                key: "7".into(),
                version: Some(3.into()),
            },
            Error::Refused {
                table: "contacts",
                key: "7".into(),
                version: None,
            },
            #[cfg(feature = "http")]
            Error::PreconditionFailed {
                table: "contacts",
                key: "7".into(),
                any: false,
            },
            #[cfg(feature = "http")]
            Error::PreconditionFailed {
                table: "contacts",
                key: "7".into(),
                any: true,
            },
            Error::ConnectionBroken,
            Error::NotInTransaction,
            Error::TransactionLeftOpen,
            Error::AlreadyInTransaction { what: "a retry" },
        ];
        #[cfg(any(feature = "form", feature = "fingerprint"))]
        errors.extend(
            [
                SealError::ShortSecret { bytes: 9 },
                SealError::EmptySession,
                SealError::Malformed,
                SealError::NotGenuine,
                SealError::Expired,
            ]
            .map(Error::Seal),
        );
        #[cfg(feature = "fingerprint")]
        {
            let row = PartRow {
                table: "contacts",
                key: "7".into(),
            };
            let part = ChangedPart::new(Some(row), "name".into());
            errors.push(PageChanged::new(vec![part], 1).into());
            errors.push(Error::NotInFingerprint {
                table: "contacts",
                fields: vec!["notes".into(), "photo".into()],
            });
        }
        for with in [Lost::unknown, Lost::nothing_landed] {
            errors.extend(
                of_each_kind()
                    .into_iter()
                    .map(with)
                    .map(Error::TransactionLost),
            );
        }
        let unknown = |error| Error::OutcomeUnknown(Lost::unknown(error));
        let lost = |error| Error::ConnectionLost(Lost::nothing_landed(error));
        errors.extend(of_each_kind().into_iter().map(unknown));
        errors.extend(of_each_kind().into_iter().map(lost));
        errors.extend(of_each_kind().into_iter().map(Error::Database));
        errors
    }

    fn texts(error: &Error) -> Vec<String> {
        let first: &(dyn std::error::Error + 'static) = error;
        std::iter::successors(Some(first), |&error| error.source())
            .map(ToString::to_string)
            .collect()
    }

    /// Each `Result` of the hot path is as large.
    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 80, "{}", size_of::<Error>());
    }

    #[test]
    fn a_chain_says_nothing_twice() {
        for error in of_each_variant() {
            let texts = texts(&error);
            for (index, text) in texts.iter().enumerate() {
                for other in &texts[index + 1..] {
                    assert!(!text.contains(other) && !other.contains(text), "{texts:?}");
                }
            }
        }
    }

    #[cfg(feature = "fingerprint")]
    #[test]
    fn a_field_that_no_fingerprint_guards_has_two_ways_out() {
        let error = |fields: &[&str]| {
            let fields = fields.iter().map(|&field| field.to_owned()).collect();
            let error = Error::NotInFingerprint {
                table: "contacts",
                fields,
            };
            assert!(!error.is_conflict() && !error.is_missing() && !error.is_not_found());
            assert!(!error.is_transient() && !error.outcome_unknown());
            error.to_string()
        };
        assert_eq!(
            error(&["notes"]),
            "a row of contacts was not saved: `notes` would change and is not in the fingerprint, so another client's change of \
             it would be lost: cover it, by leaving `without` or `skip_fingerprint` away, or save it as it was loaded"
        );
        assert_eq!(
            error(&["notes", "photo"]),
            "a row of contacts was not saved: `notes`, `photo` would change and are not in the fingerprint, so another client's \
             change of them would be lost: cover them, by leaving `without` or `skip_fingerprint` away, or save them as \
             they were loaded"
        );
    }

    #[test]
    fn without_a_key_neither_ours_nor_the_databases_words_name_it() {
        for error in of_each_variant() {
            let message = error.without_key();
            assert!(
                !message.contains('7') && !message.contains("Duplicate"),
                "{message}"
            );
        }
    }
}
