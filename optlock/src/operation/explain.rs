//! A write hit no row: why? And what does a write's result mean?

use super::save::Saved;
use crate::backend::{Dialect, DieselConnection, ErrorClass, classify, settle};
use crate::error::{ConcurrentModification, Error, Found, Lost};
use crate::hidden::transaction_depth;
use crate::scope::{Condition, Scope as _};
use crate::statement::{Fetch, Plain, Read, Scoped, Share};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::dsl::{Find, Select};
use diesel::prelude::*;
use diesel::query_dsl::methods::{FindDsl, SelectDsl};
use diesel::result::Error as DieselError;
use std::ops::Deref;

/// `SELECT what FROM t WHERE key`, within the scope.
pub(crate) type RowOf<M, What, L> = Read<
    Scoped<
        Select<Find<<M as Versioned>::Table, <M as Versioned>::Key>, What>,
        Condition<<M as Versioned>::Scope>,
    >,
    L,
>;

/// `SELECT version FROM t WHERE key`
pub(crate) type Probe<M, L> = RowOf<M, <M as Versioned>::VersionColumn, L>;

/// Can the version in the row be read on the connection `C`? Each checked write asks
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
    row_of(model, M::VersionColumn::default())
}

/// The [`RowOf`] of a model.
pub(crate) fn row_of<M, What, L>(model: &M, what: What) -> RowOf<M, What, L>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
    What: Expression,
    Find<M::Table, M::Key>: SelectDsl<What>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    Read::new(SelectDsl::select(row, what), model.scope().condition())
}

/// What the result of a write says.
pub(crate) enum Verdict {
    /// One row was written.
    Hit,
    /// Nothing was sent, because the value changes nothing.
    Nothing,
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
        Err(error) => match (classify(&error, DB::DATABASE), in_transaction) {
            (ErrorClass::ConnectionLost, false) => {
                Verdict::Failed(Error::OutcomeUnknown(Lost::unknown(error)))
            }
            // A raw BEGIN has opened a transaction of which Diesel does not know. PostgreSQL refuses
            // the look at the row then; MySQL and MariaDB have left it, and would not.
            (ErrorClass::Conflict, false) if !DB::PLAIN_READ_MAY_BE_OLD => {
                Verdict::Miss(Miss::GivenUp)
            }
            _ => Verdict::Failed(read_failed::<DB, _>(model, error)),
        },
    }
}

impl Verdict {
    /// What the write did, or how it came to miss.
    pub(super) fn done(self) -> Result<Result<Saved, Miss>, Error> {
        match self {
            Self::Hit => Ok(Ok(Saved::Written)),
            Self::Nothing => Ok(Ok(Saved::NothingChanged)),
            Self::Miss(miss) => Ok(Err(miss)),
            Self::Failed(error) => Err(error),
        }
    }
}

/// Writes at the version in memory by `write`. If the row has that version in another spelling, writes
/// once more with the row's.
pub(crate) fn checked<B, M, C>(
    mut model: B,
    conn: &mut C,
    mut write: impl FnMut(&mut B, &M::Version, &mut C) -> Verdict,
) -> Result<Saved, Error>
where
    B: Deref<Target = M>,
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let expected = model.version().clone();
    let miss = match write(&mut model, &expected, conn).done()? {
        Ok(saved) => return Ok(saved),
        Err(miss) => miss,
    };
    let expected = respelled(&*model, &expected, miss, conn)?;
    let miss = match write(&mut model, &expected, conn).done()? {
        Ok(saved) => return Ok(saved),
        Err(miss) => miss,
    };
    let version = respelled(&*model, &expected, miss, conn)?;
    Err(still_there(&*model, &version, miss))
}

/// Looks up why a write at the version `missed` hit no row, and fails with what it finds. If that is the
/// same version in another spelling, returns it.
pub(crate) fn respelled<M, C>(
    model: &M,
    missed: &M::Version,
    miss: Miss,
    conn: &mut C,
) -> Result<M::Version, Error>
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    match look_at_version(model, missed, miss, conn)? {
        Some(version) if version == *missed => Ok(version),
        found => Err(conflict(model, found)),
    }
}

/// Classifies the error of a read, or of a write inside a transaction. If the connection was lost, nothing
/// was committed.
pub(crate) fn read_failed<DB: Dialect, M: Versioned>(model: &M, error: DieselError) -> Error {
    failed::<DB>(error, |_| aborted(model))
}

/// The same of a statement that does not concern a single versioned value: what a conflict is, is
/// the caller's to say.
pub(crate) fn failed<DB: Dialect>(
    error: DieselError,
    conflict: impl FnOnce(DieselError) -> Error,
) -> Error {
    match classify(&error, DB::DATABASE) {
        ErrorClass::Conflict => conflict(error),
        ErrorClass::ConnectionLost => Error::ConnectionLost(Lost::nothing_landed(error)),
        ErrorClass::Transient | ErrorClass::Other => settle(error, DB::DATABASE).into(),
    }
}

/// Reads the row that a write at the version `missed` did not match. Fails if the row has that version,
/// in the same spelling.
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
    let is_missed = |row: &Row| {
        let version = version_of(row);
        version == missed && version.is_same_text(missed)
    };
    let may_be_old = |row: Option<&Row>| row.is_none_or(is_missed);
    match newest(conn, may_be_old, plain, locked) {
        Ok(Some(row)) if is_missed(&row) => Err(still_there(model, missed, miss)),
        Ok(row) => Ok(row),
        Err(error)
            if miss == Miss::GivenUp
                || classify(&error, C::Backend::DATABASE) == ErrorClass::Conflict =>
        {
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

/// Reads the row as the write saw it. Plain reads are preferred: a locking read waits for other writers,
/// can deadlock with another loser and may need a privilege. Where a plain read can return an old
/// snapshot, the read locks.
///
/// `may_be_old` is true of what a plain read cannot have shown if it was the newest: a row that the
/// write would have hit, or none where the write may have missed one that is new. A transaction is open
/// then that a raw BEGIN has opened, of which Diesel does not know. (Or the write was refused, or the row
/// is gone.)
pub(crate) fn newest<C, Row>(
    conn: &mut C,
    may_be_old: impl FnOnce(Option<&Row>) -> bool,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> QueryResult<Option<Row>>
where
    C: Connection<Backend: Dialect>,
{
    if !C::Backend::PLAIN_READ_MAY_BE_OLD {
        return plain(conn);
    }
    if transaction_depth(conn).is_some() {
        return locked(conn);
    }
    match plain(conn)? {
        row if may_be_old(row.as_ref()) => locked(conn),
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

/// The row has that version, and was not written all the same.
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
