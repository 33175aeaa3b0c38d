//! A write hit no row: why? And what does a write's result mean?

use crate::backend::{Dialect, DieselConnection, Meaning, meaning};
use crate::hidden::transaction_depth;
use crate::statement::{Fetch, Plain, Read, Share};
use crate::token::VersionToken;
use crate::{ConcurrentModification, Error, Found, Versioned};

use diesel::dsl::{Find, Select};
use diesel::prelude::*;
use diesel::query_dsl::methods::{FindDsl, SelectDsl};
use diesel::result::Error as DieselError;

/// `SELECT version FROM t WHERE key`
pub(crate) type Probe<M, L> = Read<
    Select<Find<<M as Versioned>::Table, <M as Versioned>::Key>, <M as Versioned>::VersionColumn>,
    L,
>;

/// Can the version that stands in the row be read on the connection `C`? Each checked write asks
/// this when it hits no row.
pub trait Explain<C>: Versioned {
    /// **Sends** `SELECT version FROM t WHERE key`.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn plain_version(&self, conn: &mut C) -> QueryResult<Option<Self::Version>>;

    /// The same with a shared lock, where plain reads may be old ([`Dialect`]).
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn locked_version(&self, conn: &mut C) -> QueryResult<Option<Self::Version>>;
}

#[diagnostic::do_not_recommend]
impl<M, C> Explain<C> for M
where
    M: Versioned,
    C: DieselConnection<Backend: Dialect>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
    Probe<M, Plain>: Fetch<C, M::Version>,
    Probe<M, Share>: Fetch<C, M::Version>,
{
    fn plain_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Plain>(self).fetch(conn)
    }

    fn locked_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Share>(self).fetch(conn)
    }
}

pub(crate) fn probe<M, L>(model: &M) -> Probe<M, L>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    Read::new(SelectDsl::select(row, M::VersionColumn::default()))
}

/// What the result of a write says.
pub(crate) enum Verdict {
    /// One row was written.
    Hit,
    /// No row was written: ask why.
    Miss(Miss),
    /// It failed.
    Failed(Error),
}

/// How a write came to hit no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// There is none with that key and that version.
    NoRow,
    /// The database gave the statement up in favour of another writer, and no transaction with it.
    /// By now the row may show what that one did.
    GivenUp,
}

/// Reads the result of a write of `model`.
pub(crate) fn judge<DB: Dialect, M: Versioned>(
    result: QueryResult<usize>,
    model: &M,
    in_transaction: bool,
) -> Verdict {
    match result {
        Ok(1) => Verdict::Hit,
        Ok(0) => Verdict::Miss(Miss::NoRow),
        Ok(rows) => Verdict::Failed(Error::key_not_unique(model, rows)),
        Err(error) => match (meaning(&error), in_transaction) {
            (Meaning::ConnectionLost, false) => Verdict::Failed(Error::OutcomeUnknown(error)),
            // A raw BEGIN has opened a transaction of which Diesel does not know. PostgreSQL refuses
            // the look at the row then; MySQL and MariaDB have left it, and would not.
            (Meaning::Conflict, false) if !DB::PLAIN_READ_MAY_BE_OLD => {
                Verdict::Miss(Miss::GivenUp)
            }
            _ => Verdict::Failed(read_failed(model, error)),
        },
    }
}

impl Verdict {
    /// The result of a checked write at the version in memory.
    pub(crate) fn or_explain<M, C>(self, model: &M, conn: &mut C) -> Result<(), Error>
    where
        M: Explain<C>,
        C: Connection<Backend: Dialect>,
    {
        match self {
            Self::Hit => Ok(()),
            Self::Miss(miss) => Err(explain(model, miss, conn)),
            Self::Failed(error) => Err(error),
        }
    }
}

/// Why a write at the version in memory hit no row.
pub(crate) fn explain<M, C>(model: &M, miss: Miss, conn: &mut C) -> Error
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    match look_at_version(model, model.version(), miss, conn) {
        Ok(found) => conflict(model, found),
        Err(error) => error,
    }
}

/// What the error of a read, or of a write inside a transaction, says. A connection that was lost
/// then took nothing with it.
pub(crate) fn read_failed<M: Versioned>(model: &M, error: DieselError) -> Error {
    failed(error, |_| aborted(model))
}

/// The same of a statement that does not concern a single versioned value: what a conflict is, is
/// the caller's to say.
pub(crate) fn failed(error: DieselError, conflict: impl FnOnce(DieselError) -> Error) -> Error {
    match meaning(&error) {
        Meaning::Conflict => conflict(error),
        Meaning::ConnectionLost => Error::ConnectionLost(error),
        Meaning::Transient | Meaning::Other => error.into(),
    }
}

/// What stands in the row that a write at the version `missed` did not hit.
///
/// `version_of` is the version in what the reads return: the version itself, or the whole row.
pub(crate) fn look<M, C, Row>(
    model: &M,
    missed: &M::Version,
    miss: Miss,
    conn: &mut C,
    version_of: impl Fn(&Row) -> &M::Version,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> Result<Option<Row>, Error>
where
    M: Versioned,
    C: Connection<Backend: Dialect>,
{
    match newest(conn, |row| version_of(row) == missed, plain, locked) {
        Ok(Some(row)) if version_of(&row) == missed => Err(still_there(model, missed, miss)),
        Ok(row) => Ok(row),
        Err(error) if miss == Miss::GivenUp || meaning(&error) == Meaning::Conflict => {
            Err(aborted(model))
        }
        Err(_) => Err(conflict_with(model, Found::Unknown)),
    }
}

/// [`look`], at the version only.
pub(crate) fn look_at_version<M, C>(
    model: &M,
    missed: &M::Version,
    miss: Miss,
    conn: &mut C,
) -> Result<Option<M::Version>, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    look(
        model,
        missed,
        miss,
        conn,
        |version| version,
        |conn| model.plain_version(conn),
        |conn| model.locked_version(conn),
    )
}

/// The row as the write met it. By a plain read, because a locking one waits for other writers, can
/// deadlock with another loser, and may need a privilege; but by a locking one in a transaction
/// whose plain reads may be old.
///
/// `was_not_met` is true of a row that the write would have hit. Shown by a plain read, it is old: a
/// transaction is open that a raw BEGIN has opened, of which Diesel does not know. (Or the write
/// was refused.)
pub(crate) fn newest<C, Row>(
    conn: &mut C,
    was_not_met: impl FnOnce(&Row) -> bool,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> QueryResult<Option<Row>>
where
    C: Connection<Backend: Dialect>,
{
    let may_be_old = C::Backend::PLAIN_READ_MAY_BE_OLD;
    if may_be_old && transaction_depth(conn).is_some() {
        return locked(conn);
    }
    match plain(conn)? {
        Some(row) if may_be_old && was_not_met(&row) => locked(conn),
        row => Ok(row),
    }
}

/// Is what was found the version in memory?
pub(crate) fn compare<M: Versioned>(model: &M, found: Option<M::Version>) -> Result<(), Error> {
    match found {
        Some(version) if version == *model.version() => Ok(()),
        found => Err(conflict(model, found)),
    }
}

/// A conflict, with the version that was found instead.
pub(crate) fn conflict<M: Versioned>(model: &M, found: Option<M::Version>) -> Error {
    let found = match found {
        Some(version) => Found::Modified {
            version: version.describe(),
        },
        None => Found::Missing,
    };
    conflict_with(model, found)
}

/// The database reported a conflict, and gave the transaction up.
pub(crate) fn aborted<M: Versioned>(model: &M) -> Error {
    conflict_with(model, Found::TransactionAborted)
}

fn conflict_with<M: Versioned>(model: &M, found: Found) -> Error {
    ConcurrentModification::new(
        M::TABLE_NAME,
        key_text(model),
        model.version().describe(),
        found,
    )
    .into()
}

/// The row stands there with that version, and was not written all the same.
pub(crate) fn still_there<M: Versioned>(model: &M, version: &M::Version, miss: Miss) -> Error {
    match miss {
        Miss::NoRow => refused(model, version),
        Miss::GivenUp => aborted(model),
    }
}

pub(crate) fn refused<M: Versioned>(model: &M, version: &M::Version) -> Error {
    Error::Refused {
        table: M::TABLE_NAME,
        key: key_text(model),
        version: version.describe(),
    }
}

pub(super) fn key_text<M: Versioned>(model: &M) -> String {
    format!("{:?}", model.key())
}
