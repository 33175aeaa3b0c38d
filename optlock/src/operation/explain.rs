//! A write hit no row: why? And what does a write's result mean?

use crate::backend::{Dialect, Meaning, meaning};
use crate::hidden::transaction_depth;
use crate::statement::{Plain, Read, Share};
use crate::token::VersionToken;
use crate::{ConcurrentModification, Error, Found, Versioned};
use diesel::connection::LoadConnection;
use diesel::dsl::{Find, Select};
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::query_dsl::methods::{FindDsl, SelectDsl};

/// `SELECT version FROM t WHERE key`
type Probe<M, L> = Read<
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
    C: LoadConnection<Backend: Dialect>,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
    Probe<M, Plain>: for<'q> LoadQuery<'q, C, M::Version>,
    Probe<M, Share>: for<'q> LoadQuery<'q, C, M::Version>,
{
    fn plain_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Plain>(self).get_result(conn).optional()
    }

    fn locked_version(&self, conn: &mut C) -> QueryResult<Option<M::Version>> {
        probe::<M, Share>(self).get_result(conn).optional()
    }
}

fn probe<M, L>(model: &M) -> Probe<M, L>
where
    M: Versioned,
    M::Table: FindDsl<M::Key> + Default,
    Find<M::Table, M::Key>: SelectDsl<M::VersionColumn>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    Read::new(SelectDsl::select(row, M::VersionColumn::default()))
}

/// What the result of a checked write says.
pub(crate) enum Verdict {
    /// One row was written.
    Hit,
    /// No row was written: ask why.
    Miss,
    /// It failed.
    Failed(Error),
}

/// Reads the result of a checked write that expected the version in `model`.
pub(crate) fn judge<M: Versioned>(
    result: QueryResult<usize>,
    model: &M,
    in_transaction: bool,
) -> Verdict {
    match result {
        Ok(1) => Verdict::Hit,
        Ok(0) => Verdict::Miss,
        Ok(rows) => Verdict::Failed(Error::KeyNotUnique {
            table: M::TABLE_NAME,
            key: key_text(model),
            rows,
        }),
        Err(error) => Verdict::Failed(match (meaning(&error), in_transaction) {
            (Meaning::Conflict, _) => conflict(model, Found::TransactionAborted),
            (Meaning::ConnectionLost, true) => Error::ConnectionLost(error),
            (Meaning::ConnectionLost, false) => Error::OutcomeUnknown(error),
            (Meaning::Transient | Meaning::Other, _) => error.into(),
        }),
    }
}

/// What stands in the row that a write of `model` missed. By a plain read, because a locking one
/// waits for other writers, can deadlock with another loser, and may need a privilege; but by a
/// locking one in a transaction whose plain reads may be old.
///
/// `version_of` is the version in what the reads return: the version itself, or the whole row.
pub(crate) fn look<M, C, Row>(
    model: &M,
    conn: &mut C,
    version_of: impl Fn(&Row) -> &M::Version,
    plain: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
    locked: impl FnOnce(&mut C) -> QueryResult<Option<Row>>,
) -> Result<Option<Row>, Error>
where
    M: Versioned,
    C: Connection<Backend: Dialect>,
{
    let may_be_old = C::Backend::PLAIN_READ_MAY_BE_OLD;
    let seen = if may_be_old && transaction_depth(conn).is_some() {
        locked(conn)
    } else {
        match plain(conn) {
            // As the write did not find this version, it is old: a transaction is open that a raw
            // BEGIN has opened, of which Diesel does not know. Or the write was refused.
            Ok(Some(row)) if may_be_old && version_of(&row) == model.version() => locked(conn),
            seen => seen,
        }
    };
    match seen {
        Ok(Some(row)) if version_of(&row) == model.version() => Err(Error::Refused {
            table: M::TABLE_NAME,
            key: key_text(model),
            version: model.version().describe(),
        }),
        Ok(row) => Ok(row),
        Err(error) if meaning(&error) == Meaning::Conflict => {
            Err(conflict(model, Found::TransactionAborted))
        }
        Err(_) => Err(conflict(model, Found::Unknown)),
    }
}

/// Why a write of `model` hit no row, as the error of an operation.
pub(crate) fn explain<M, C>(model: &M, conn: &mut C) -> Error
where
    M: Explain<C>,
    C: Connection<Backend: Dialect>,
{
    let seen = look(
        model,
        conn,
        |version| version,
        |conn| model.plain_version(conn),
        |conn| model.locked_version(conn),
    );
    match seen {
        Ok(Some(version)) => conflict(
            model,
            Found::Modified {
                version: version.describe(),
            },
        ),
        Ok(None) => conflict(model, Found::Missing),
        Err(error) => error,
    }
}

fn conflict<M: Versioned>(model: &M, found: Found) -> Error {
    ConcurrentModification::new(
        M::TABLE_NAME,
        key_text(model),
        model.version().describe(),
        found,
    )
    .into()
}

fn key_text<M: Versioned>(model: &M) -> String {
    format!("{:?}", model.key())
}
