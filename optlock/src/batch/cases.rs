//! A statement for each chunk of rows, in which each column chooses its value by the key. The rows are locked
//! first.
//!
//! Why not a join with a derived table of the values? Its columns would have types that the server
//! infers from the first row, or from a text that all values are converted to, and a binary string,
//! a decimal or a date could come out as another one. A `CASE` hands on the value that was bound.

use super::facts::{BatchFacts, OfScope};
use super::index::find_access;
use super::lock::most_at_once;
use super::lookup::{Access, MAX_BINDS, RowsByKey};
use super::needs::Batches;
use super::order::order_of_few;
use super::pieces::{AnyColumn, AnyColumns, ManyColumns};
use super::strategy::{Missed, Written, end, failed};
use crate::backend::{Database, Dialect, Phrase};
use crate::error::Error;
use crate::executes::Wire;
use crate::statement::Walk;
use crate::transaction::Open;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use std::borrow::Cow;
use std::ops::Range;

/// How many rows a statement writes. Each row compares its key with those before it, in each column:
/// with twice as many rows there are half as many round trips, but the server's work doubles.
const UPDATED_ROWS: usize = 256;

/// How many rows a delete takes: more, because it has no `CASE`.
const DELETED_ROWS: usize = 1024;

/// Writes the rows, or deletes them if nothing is set, by a statement for each chunk of them. Returns nothing,
/// and writes nothing, if only the single statement can say which row a key is that of: without an index on
/// the key, and where a key that is no integer may be one with another one to the server.
pub(super) async fn write<R, X>(rows: &R, conn: &mut Wire<'_, X>) -> Result<Option<Written>, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    if !rows.are_of_one_scope() {
        return Ok(None);
    }
    if order_of_few(rows).map_err(failed::<X::Backend>)?.is_some() {
        return Ok(None);
    }
    let all: Vec<_> = (0..rows.len()).collect();
    let access = find_access(Database::Mysql, rows, &all, conn).await?;
    let fit = Fit::of(rows, &all, &access)?;
    if !fit.is_possible {
        return Ok(None);
    }
    let mut transaction = Open::atomic(conn).await?;
    let mut has_row_for_each = false;
    let written = match lock_and_count(rows, &all, &access, &fit, transaction.wire()).await {
        Ok(counted) if counted == all.len() => {
            has_row_for_each = true;
            send_chunks(rows, &all, &fit, transaction.wire()).await
        }
        Ok(_) => Ok(Written::NotAll(Missed::AnyOf(all))),
        Err(error) => Err(error),
    };
    match end(transaction, written).await {
        Err(error) if is_without_index(&error) => Ok(None),
        Ok(Written::NotAll(_)) if !(has_row_for_each || fit.are_keys_apart) => Ok(None),
        written => written.map(Some),
    }
}

/// Whether the rows can be written in chunks, and how large these are.
struct Fit {
    is_possible: bool,
    /// No key is one with another one to the server.
    are_keys_apart: bool,
    locked_at_once: usize,
    written_at_once: usize,
}

impl Fit {
    fn of<DB, R>(rows: &R, all: &[usize], access: &Access) -> QueryResult<Self>
    where
        DB: Dialect,
        R: BatchFacts<DB> + ?Sized,
    {
        let locked_at_once = most_at_once(rows, all, access)?;
        let one = ChunkOf::new(rows, &all[..1]);
        let one = one.these()?;
        let keys = &one.by_key.keys;
        // Two keys are seen to be one if one statement counts both.
        let are_all_counted = keys.are_integers() || all.len() <= locked_at_once;
        let are_binds = keys.are_binds() && one.expected.are_binds();
        let binds_of_key = keys.len() + 1;
        let (is_set, at_once, binds_of_row) = match rows.set(&[]) {
            None => (true, DELETED_ROWS, binds_of_key),
            Some(set) => {
                let set = AnyColumns::of(&*set)?;
                let binds_of_row = binds_of_key * (set.len() + 1);
                (set.are_binds(), UPDATED_ROWS, binds_of_row)
            }
        };
        Ok(Self {
            is_possible: are_all_counted && are_binds && is_set,
            are_keys_apart: keys.are_integers(),
            locked_at_once,
            written_at_once: at_once.min(MAX_BINDS / binds_of_row),
        })
    }
}

/// Sends the statement of one chunk after the other, until one of them misses rows.
async fn send_chunks<R, X>(
    rows: &R,
    all: &[usize],
    fit: &Fit,
    conn: &mut Wire<'_, X>,
) -> Result<Written, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    for chunk in all.chunks(fit.written_at_once) {
        let written = conn.execute_any(write_chunk(rows, chunk)).await;
        if written.map_err(failed::<X::Backend>)? != chunk.len() {
            return Ok(Written::NotAll(Missed::AnyOf(all.to_vec())));
        }
    }
    Ok(Written::ALL)
}

fn write_chunk<'r, DB, R>(rows: &'r R, chunk: &[usize]) -> Box<dyn Walk<DB> + 'r>
where
    DB: Dialect,
    R: BatchFacts<DB> + ?Sized,
{
    match rows.set(chunk) {
        Some(set) => {
            let rows = ChunkOf::new(rows, chunk);
            Box::new(UpdateCases { set, rows })
        }
        None => {
            let rows = ChunkOf::new(rows, &padded(chunk));
            Box::new(DeleteCases { rows })
        }
    }
}

/// Locks the rows in the order of their keys. How many keys are there that one row has?
async fn lock_and_count<R, X>(
    rows: &R,
    all: &[usize],
    access: &Access,
    fit: &Fit,
    conn: &mut Wire<'_, X>,
) -> Result<usize, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    let mut keys_of_one = 0;
    for chunk in all.chunks(fit.locked_at_once) {
        let chunk = padded(chunk);
        let statement = CountRows {
            rows: OfScope::new(rows, &chunk),
            count: chunk.len(),
            access,
        };
        let counts = conn.fetch_all::<X::Counts, _>(Box::new(statement)).await;
        let counts = counts.map_err(failed::<X::Backend>)?;
        keys_of_one += counts.iter().filter(|&&rows| rows == 1).count();
    }
    Ok(keys_of_one)
}

/// Makes the server refuse a write that finds no index to look its rows up by. Without it, a batch of about
/// a quarter of the table makes the server read, and lock, all of it.
///
/// It is the variable [`sql_safe_updates`][safe], for the one statement: MariaDB has a [statement][set] for
/// that, which is a comment to MySQL, and MySQL a [hint][hint], which is a comment to MariaDB.
/// (`FORCE INDEX` does the same, but for an index whose name is known, and not in a `DELETE`.)
///
/// [safe]: https://dev.mysql.com/doc/refman/8.4/en/mysql-tips.html#safe-updates
/// [set]: https://mariadb.com/kb/en/set-statement/
/// [hint]: https://dev.mysql.com/doc/refman/8.4/en/optimizer-hints.html#optimizer-hints-set-var
const MARIADB_BY_INDEX: &str = "/*M!100102 SET STATEMENT sql_safe_updates = 1 FOR */ ";

/// See [`MARIADB_BY_INDEX`].
const MYSQL_BY_INDEX: &str = " /*+ SET_VAR(sql_safe_updates = 1) */ ";

/// A session may limit the rows of each `SELECT` that has no limit of its own, by [`sql_select_limit`][limit].
///
/// [limit]: https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_sql_select_limit
pub(super) const NO_LIMIT: &str = " LIMIT 18446744073709551615";

/// Did the server refuse a statement because it finds no index to look the rows up by? 1175
/// `ER_UPDATE_WITHOUT_KEY_IN_SAFE_MODE`; or 1176 `ER_KEY_DOES_NOT_EXISTS`, that of an index which was
/// there a moment ago.
fn is_without_index(error: &Error) -> bool {
    let Error::Database(DieselError::DatabaseError(DatabaseErrorKind::Unknown, information)) =
        error
    else {
        return false;
    };
    let message = information.message();
    message.starts_with("You are using safe update mode")
        || (message.starts_with("Key '") && message.contains("doesn't exist in table"))
}

/// The locks and the deletes of up to so many rows have one text, which is kept prepared. Shorter lists repeat their last key,
/// which changes nothing. Not so an `UPDATE`, which would send large values several times.
const KEPT_ROWS: usize = 10;

fn padded(chunk: &[usize]) -> Cow<'_, [usize]> {
    match chunk.last() {
        Some(&last) if chunk.len() < KEPT_ROWS => {
            let mut padded = chunk.to_vec();
            padded.resize(KEPT_ROWS, last);
            padded.into()
        }
        _ => chunk.into(),
    }
}

/// Keeps the text of [`KEPT_ROWS`] rows prepared, and no other.
fn keep<DB: Backend>(rows: usize, out: &mut AstPass<'_, '_, DB>) {
    if rows != KEPT_ROWS {
        out.unsafe_to_cache_prepared();
    }
}

/// Some of the rows of a batch, and the versions that they should have.
struct ChunkOf<'r, DB: Backend> {
    rows: OfScope<'r, DB>,
    expected: Option<Box<dyn ManyColumns<DB> + 'r>>,
    count: usize,
    /// The version can be NULL.
    is_nullable: bool,
}

impl<'r, DB: Dialect> ChunkOf<'r, DB> {
    fn new<R>(rows: &'r R, positions: &[usize]) -> Self
    where
        R: BatchFacts<DB> + ?Sized,
    {
        Self {
            rows: OfScope::new(rows, positions),
            expected: rows.expected(positions),
            is_nullable: rows.is_nullable(),
            count: positions.len(),
        }
    }

    fn these(&self) -> QueryResult<These<'_, DB>> {
        let expected = self.expected.as_deref();
        Ok(These {
            by_key: self.rows.by_key()?,
            expected: expected.map_or_else(|| Ok(AnyColumns::none()), AnyColumns::of)?,
            rows: 0..self.count,
            is_nullable: self.is_nullable,
        })
    }
}

/// [`ChunkOf`], as its statement writes it.
struct These<'r, DB: Backend> {
    by_key: RowsByKey<'r, DB>,
    expected: AnyColumns<'r, DB>,
    rows: Range<usize>,
    is_nullable: bool,
}

impl<'r, DB: Dialect> These<'r, DB> {
    fn keys(&self) -> &AnyColumns<'r, DB> {
        &self.by_key.keys
    }

    /// `(key, version + 0) IN ((?, ?), ..)` for integers, and else `(key AND IF(version = ?, 1, 0)) OR (key
    /// AND IF(version = ?, 1, 0)) ..`, which takes the server longer. So written, the version is of no use to
    /// look the rows up by, and no gaps of an index on it are locked. Behind it, the scope.
    ///
    /// In a list of several rows MariaDB takes the bytes of a text as they are, whatever the character
    /// set of the column, and so finds other rows. For a list of one row it reads, and locks, the
    /// whole table. And a list finds no NULL.
    fn walk_where(&self, mut out: AstPass<'_, 'r, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.walk_any_row(out.reborrow())?;
        out.push_sql(")");
        self.by_key.scope.walk_ast(out)
    }

    fn walk_any_row(&self, mut out: AstPass<'_, 'r, DB>) -> QueryResult<()> {
        let columns = self.keys().and(&self.expected);
        if self.rows.len() > 1 && !self.is_nullable && columns.are_integers() {
            return columns.push_in_lists(" + 0", self.rows.clone(), out);
        }
        for row in self.rows.clone() {
            let is_first = row == self.rows.start;
            out.push_sql(if is_first { "" } else { " OR " });
            self.walk_row(row, out.reborrow())?;
        }
        Ok(())
    }

    /// `(key AND IF(version = ?, 1, 0))`
    fn walk_row(&self, row: usize, mut out: AstPass<'_, 'r, DB>) -> QueryResult<()> {
        let equals = if self.is_nullable { " <=> " } else { " = " };
        out.push_sql("(");
        self.keys().push_key(row, out.reborrow())?;
        out.push_sql(" AND ");
        self.expected.push_version(equals, row, out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }

    /// `a = CASE key WHEN ? THEN ? WHEN ? THEN ? .. END, ..` for a key that is an integer, and else `a = CASE
    /// WHEN (key) THEN ? WHEN (key) THEN ? .. END, ..`: the first form may compare in another way than the
    /// `WHERE`, a text with a decimal as floats.
    fn walk_cases(
        &self,
        column: &'r dyn AnyColumn<DB>,
        mut out: AstPass<'_, 'r, DB>,
    ) -> QueryResult<()> {
        out.push_identifier(column.name())?;
        out.push_sql(" = CASE ");
        let is_integer = self.keys().len() == 1 && self.keys().are_integers();
        if is_integer {
            self.keys().push_columns(out.reborrow())?;
        }
        for row in self.rows.clone() {
            out.push_sql(" WHEN ");
            if is_integer {
                self.keys().push_values(row, out.reborrow())?;
            } else {
                self.keys().push_key(row, out.reborrow())?;
            }
            out.push_sql(" THEN ");
            column.push_value(row, out.reborrow())?;
        }
        out.push_sql(" END");
        Ok(())
    }
}

/// Updates a chunk of rows.
struct UpdateCases<'r, DB: Backend> {
    set: Box<dyn ManyColumns<DB> + 'r>,
    rows: ChunkOf<'r, DB>,
}

impl<DB: Dialect> Walk<DB> for UpdateCases<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let rows = self.rows.these()?;
        out.unsafe_to_cache_prepared();
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("UPDATE");
        out.push_sql(MYSQL_BY_INDEX);
        rows.by_key.table.walk(out.reborrow())?;
        out.push_sql(" SET ");
        for (position, column) in AnyColumns::of(&*self.set)?.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            rows.walk_cases(column, out.reborrow())?;
        }
        out.push_sql(" WHERE ");
        rows.walk_where(out)
    }
}

/// Deletes a chunk of rows.
struct DeleteCases<'r, DB: Backend> {
    rows: ChunkOf<'r, DB>,
}

impl<DB: Dialect> Walk<DB> for DeleteCases<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let rows = self.rows.these()?;
        keep(rows.rows.len(), &mut out);
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("DELETE");
        out.push_sql(MYSQL_BY_INDEX);
        out.push_sql("FROM ");
        rows.by_key.table.walk(out.reborrow())?;
        out.push_sql(" WHERE ");
        rows.walk_where(out)
    }
}

/// `SELECT COUNT(*) FROM table WHERE key IN (..) GROUP BY key ORDER BY key FOR UPDATE`: locks the rows in the
/// order of their keys. (That of the groups makes the server read them by an index, whatever part of
/// the table they are.)
struct CountRows<'r, DB: Backend> {
    rows: OfScope<'r, DB>,
    count: usize,
    access: &'r Access,
}

impl<DB: Dialect> Walk<DB> for CountRows<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let lookup = self.rows.lookup(self.access)?;
        keep(self.count, &mut out);
        out.push_sql("SELECT COUNT(*) FROM ");
        lookup.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        lookup.walk_where(0..self.count, false, out.reborrow())?;
        for by in [" GROUP BY ", " ORDER BY "] {
            out.push_sql(by);
            lookup.walk_order(out.reborrow())?;
        }
        out.push_sql(NO_LIMIT);
        DB::walk_phrase(&Phrase::ExclusiveLock, out)
    }
}
