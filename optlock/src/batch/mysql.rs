//! MySQL and MariaDB: the rows are locked first, and then written by a statement for each 256 of
//! them, in which each column chooses its value by the key.
//!
//! Why not a join with a derived table of the values? Its columns would have types that the server
//! infers from the first row, or from a text that all values are converted to, and a binary string,
//! a decimal or a date could come out as another one. A `CASE` hands on the value that was bound.

use super::index::find_access;
use super::keyed::{AnyRows, OfScope};
use super::lookup::{Access, Lookup, MAX_BINDS, RowsByKey};
use super::one_by_one::{OneByOne, find_stale};
use super::pieces::{AnyColumn, AnyColumns, ManyColumns};
use super::rows::{Rows, SetColumns, versions_of};
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Database, Phrase};
use crate::columns::{ColumnValue, Columns, EachColumn, VersionedColumns, is_nullable};
use crate::error::Error;
use crate::executes::{Fetch as _, RowsOf, execute};
use crate::hidden::transaction_depth;
use crate::operation::{OfVersion, ReadRow};
use crate::scope::{Condition, ScopeCondition};
use crate::statement::Walk;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::connection::LoadConnection;
use diesel::expression::Expression;
use diesel::mysql::Mysql;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::QuerySource;
use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use diesel::sql_types::{BigInt, Nullable, SqlType};
use std::ops::Range;

/// The rows are locked in the order of their keys, and counted; then `UPDATE t SET a = CASE key WHEN ? THEN ?
/// WHEN ? THEN ? .. END, .. WHERE (key, version) IN ((?, ?), ..)` writes a chunk of them, or for keys that
/// are no integers a longer form of the same.
///
/// If there is one row for each key, the number of rows that a chunk writes says whether each had the
/// expected version.
#[derive(Debug, Clone, Copy)]
pub struct Cases;

/// How many rows a statement writes. Each row compares its key with those before it, in each column:
/// with twice as many rows there are half as many round trips, but the server's work doubles.
const UPDATED_ROWS: usize = 256;

/// How many rows a delete takes: more, because it has no `CASE`.
const DELETED_ROWS: usize = 1024;

/// How many rows one look-up of missed rows takes.
const FOUND_ROWS: usize = 256;

/// Of a batch of more rows, a chunk of [`FOUND_ROWS`] is less than a quarter of the table, and so the server
/// looks its rows up by an index.
const FEW: usize = 4 * FOUND_ROWS;

#[diagnostic::do_not_recommend]
impl<M, C> SaveMany<M, C> for Cases
where
    C: LoadConnection<Backend = Mysql>,
    M: ReadRow<OfVersion, C>
        + Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<
            'a,
            Key: Columns<Many: EachColumn<Mysql>>,
            Set: Columns<Many: EachColumn<Mysql>>,
        >,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Mysql>>,
    Condition<M::Scope>: ScopeCondition<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    OneByOne: SaveMany<M, C>,
{
    fn save_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut set = SetColumns::<'_, M>::default();
        for row in 0..rows.len() {
            rows.model(row).set_columns().push_to(&mut set);
        }
        let expected = versions_of(rows);
        let batch = Batch::of(rows, &expected);
        match write(&batch, Some(&set), conn)? {
            None => OneByOne::save_many(rows, conn),
            Some(Written::NotAll) => find_missed(rows, &batch, conn),
            Some(written) => Ok(written),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteMany<M, C> for Cases
where
    C: LoadConnection<Backend = Mysql>,
    M: ReadRow<OfVersion, C>
        + Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Mysql>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Mysql>>,
    Condition<M::Scope>: ScopeCondition<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    OneByOne: DeleteMany<M, C>,
{
    fn delete_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let expected = versions_of(rows);
        let batch = Batch::of(rows, &expected);
        match write(&batch, None, conn)? {
            None => OneByOne::delete_many(rows, conn),
            Some(Written::NotAll) => find_missed(rows, &batch, conn),
            Some(written) => Ok(written),
        }
    }
}

/// The rows of a batch and the versions that they should have, whatever their model.
struct Batch<'r> {
    rows: &'r dyn AnyRows<Mysql>,
    expected: &'r dyn ManyColumns<Mysql>,
    /// How many rows there are.
    len: usize,
    /// The version can be NULL.
    is_nullable: bool,
}

impl<'r> Batch<'r> {
    fn of<M>(rows: &'r Rows<'_, M>, expected: &'r dyn ManyColumns<Mysql>) -> Self
    where
        M: Versioned,
        Rows<'r, M>: AnyRows<Mysql>,
        M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    {
        Self {
            rows,
            expected,
            len: rows.len(),
            is_nullable: is_nullable::<M::VersionColumn>(),
        }
    }

    /// All rows, which are of one scope.
    fn of_scope(&self) -> OfScope<'r, Mysql> {
        let all: Vec<_> = (0..self.len).collect();
        OfScope::new(self.rows, &all)
    }
}

/// [`write_chunks`] of rows of one scope, which one statement can name.
fn write<C>(
    batch: &Batch<'_>,
    set: Option<&dyn ManyColumns<Mysql>>,
    conn: &mut C,
) -> Result<Option<Written>, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    if !batch.rows.are_of_one_scope() {
        return Ok(None);
    }
    let set = set.map(AnyColumns::of).transpose()?;
    if set.as_ref().is_some_and(|set| !set.are_binds()) {
        return Ok(None);
    }
    let of_scope = batch.of_scope();
    let these = These::new(&of_scope, batch)?;
    write_chunks(&these, set.as_ref(), batch.len, conn)
}

/// Writes the rows, or deletes them if nothing is `set`, by a statement for each chunk of them. Returns nothing,
/// and writes nothing, if only the single statement can say which row a key is that of: without an index on
/// the key, and where a key that is no integer may be one with another one to the server.
fn write_chunks<C>(
    these: &These<'_>,
    set: Option<&AnyColumns<'_, Mysql>>,
    rows: usize,
    conn: &mut C,
) -> Result<Option<Written>, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    let keys = &these.by_key.keys;
    let access = find_access(Database::Mysql, &these.by_key, conn).map_err(failed::<Mysql>)?;
    let lookup = Lookup::new(&these.by_key, &access);
    // Two keys are seen to be one if one statement counts both.
    let are_all_counted = keys.are_integers() || rows <= lookup.most_at_once();
    let are_binds = keys.are_binds() && these.expected.are_binds();
    if !(are_all_counted && are_binds) {
        return Ok(None);
    }
    let is_exact = keys.are_integers() && rows > FEW;
    let mut transaction = Open::atomic(conn)?;
    let mut has_row_for_each = false;
    let written = match lock_and_count(lookup, rows, transaction.conn()) {
        Ok(counted) if counted == rows => {
            has_row_for_each = true;
            send_chunks(these, set, rows, transaction.conn())
        }
        Ok(_) => Ok(Written::NotAll),
        Err(error) => Err(error),
    };
    match end(transaction, written) {
        Err(error) if is_without_index(&error) => Ok(None),
        Ok(Written::NotAll) if !(has_row_for_each || is_exact) => Ok(None),
        written => written.map(Some),
    }
}

/// Sends the statement of one chunk after the other, until one of them misses rows.
fn send_chunks<C>(
    these: &These<'_>,
    set: Option<&AnyColumns<'_, Mysql>>,
    rows: usize,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    let binds_of_key = these.by_key.keys.len() + 1;
    let (at_once, binds_of_row) = match set {
        Some(set) => (UPDATED_ROWS, binds_of_key * (set.len() + 1)),
        None => (DELETED_ROWS, binds_of_key),
    };
    for chunk in chunks(rows, at_once, binds_of_row) {
        let expected = chunk.len();
        let rows = these.chunk(chunk);
        let written = match set {
            Some(set) => execute(&UpdateCases { set, rows }, conn),
            None => execute(&DeleteCases { rows }, conn),
        };
        if written.map_err(failed::<Mysql>)? != expected {
            return Ok(Written::NotAll);
        }
    }
    Ok(Written::ALL)
}

/// Locks the rows in the order of their keys. How many keys are there that one row has?
fn lock_and_count<C>(lookup: Lookup<'_, Mysql>, rows: usize, conn: &mut C) -> Result<usize, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    let mut keys_of_one = 0;
    for chunk in chunks(rows, lookup.most_at_once(), 1) {
        let statement = CountRows {
            lookup,
            rows: chunk,
        };
        let counts: Vec<i64> =
            RowsOf::<BigInt>::fetch_all(&statement, conn).map_err(failed::<Mysql>)?;
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
const NO_LIMIT: &str = " LIMIT 18446744073709551615";

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

/// Chunks of a batch that a statement may hold.
fn chunks(
    rows: usize,
    at_once: usize,
    binds_of_row: usize,
) -> impl Iterator<Item = Range<usize>> + Clone {
    let at_once = at_once.min(MAX_BINDS / binds_of_row);
    (0..rows)
        .step_by(at_once)
        .map(move |start| start..rows.min(start + at_once))
}

/// Finds which rows were missed: the statements return only their number. Call it after the rollback: before
/// it, the batch's own writes look like another client's.
fn find_missed<M, C>(rows: &Rows<'_, M>, batch: &Batch<'_>, conn: &mut C) -> Result<Written, Error>
where
    C: LoadConnection<Backend = Mysql>,
    M: ReadRow<OfVersion, C>,
{
    let is_locked = transaction_depth(conn).is_some();
    let missed = if is_locked && rows.len() <= FEW {
        find_stale(rows, conn)?
    } else {
        find_by_position(batch, is_locked, conn)?
    };
    Ok(Written::not_all(missed))
}

fn find_by_position<C>(
    batch: &Batch<'_>,
    is_locked: bool,
    conn: &mut C,
) -> Result<Vec<usize>, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    let of_scope = batch.of_scope();
    let these = These::new(&of_scope, batch)?;
    let found = find_positions(&these, batch.len, is_locked, conn)?;
    if let Some(several) = found
        .iter()
        .position(|&(rows, has_version)| rows > 1 && has_version)
    {
        let row = batch.rows.named(several);
        return Err(Error::key_not_unique(row, found[several].0));
    }
    Ok((0..found.len()).filter(|&row| !found[row].1).collect())
}

/// Of each row how many rows have its key, and whether one of them has its version.
fn find_positions<C>(
    these: &These<'_>,
    rows: usize,
    is_locked: bool,
    conn: &mut C,
) -> Result<Vec<(usize, bool)>, Error>
where
    C: LoadConnection<Backend = Mysql>,
{
    let access = if is_locked {
        find_access(Database::Mysql, &these.by_key, conn).map_err(failed::<Mysql>)?
    } else {
        Access::Any
    };
    let mut found = vec![(0, false); rows];
    let binds_of_row = 3 * these.by_key.keys.len() + 1;
    for chunk in chunks(rows, FOUND_ROWS, binds_of_row) {
        let statement = FindCases {
            lookup: Lookup::new(&these.by_key, &access),
            rows: these.chunk(chunk),
            is_locked,
        };
        let positions: Vec<(Option<i64>, Option<i64>)> =
            RowsOf::<FoundPositions>::fetch_all(&statement, conn).map_err(failed::<Mysql>)?;
        for (of_key, of_version) in positions {
            if let Some((rows, _)) = at(&mut found, of_key) {
                *rows += 1;
            }
            if let Some((_, has_version)) = at(&mut found, of_version) {
                *has_version = true;
            }
        }
    }
    Ok(found)
}

fn at<T>(rows: &mut [T], position: Option<i64>) -> Option<&mut T> {
    rows.get_mut(usize::try_from(position?).ok()?)
}

/// The rows of a batch, and the versions that they should have.
struct These<'r> {
    by_key: RowsByKey<'r, Mysql>,
    expected: AnyColumns<'r, Mysql>,
    /// The version can be NULL.
    is_nullable: bool,
}

impl<'r> These<'r> {
    fn new(of_scope: &'r OfScope<'r, Mysql>, batch: &Batch<'r>) -> QueryResult<Self> {
        Ok(Self {
            by_key: of_scope.by_key()?,
            expected: AnyColumns::of(batch.expected)?,
            is_nullable: batch.is_nullable,
        })
    }

    fn chunk(&'r self, rows: Range<usize>) -> TheseRows<'r> {
        TheseRows { these: self, rows }
    }
}

/// Some of the rows of a batch.
struct TheseRows<'r> {
    these: &'r These<'r>,
    rows: Range<usize>,
}

impl<'r> TheseRows<'r> {
    fn keys(&self) -> &'r AnyColumns<'r, Mysql> {
        &self.these.by_key.keys
    }

    /// `(key, version + 0) IN ((?, ?), ..)` for integers, and else `(key AND IF(version = ?, 1, 0)) OR (key
    /// AND IF(version = ?, 1, 0)) ..`, which takes the server longer. So written, the version is of no use to
    /// look the rows up by, and no gaps of an index on it are locked. Behind it, the scope.
    ///
    /// In a list of several rows MariaDB takes the bytes of a text as they are, whatever the character
    /// set of the column, and so finds other rows. For a list of one row it reads, and locks, the
    /// whole table. And a list finds no NULL.
    fn walk_where<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql("(");
        self.walk_any_row(out.reborrow())?;
        out.push_sql(")");
        self.these.by_key.scope.walk_ast(out)
    }

    fn walk_any_row<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let columns = self.keys().and(&self.these.expected);
        if self.rows.len() > 1 && !self.these.is_nullable && columns.are_integers() {
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
    fn walk_row<'b>(&'b self, row: usize, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let equals = if self.these.is_nullable {
            " <=> "
        } else {
            " = "
        };
        out.push_sql("(");
        self.keys().push_key(row, out.reborrow())?;
        out.push_sql(" AND ");
        self.these
            .expected
            .push_version(equals, row, out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }

    /// `CASE WHEN .. THEN 0 WHEN .. THEN 1 .. END`: the position of the row for which it is true.
    fn walk_position<'b>(
        &'b self,
        mut out: AstPass<'_, 'b, Mysql>,
        walk_condition: impl Fn(&'b Self, usize, AstPass<'_, 'b, Mysql>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        out.push_sql("CASE");
        for row in self.rows.clone() {
            out.push_sql(" WHEN ");
            walk_condition(self, row, out.reborrow())?;
            out.push_sql(&format!(" THEN {row}"));
        }
        out.push_sql(" END");
        Ok(())
    }

    /// `a = CASE key WHEN ? THEN ? WHEN ? THEN ? .. END, ..` for a key that is an integer, and else `a = CASE
    /// WHEN (key) THEN ? WHEN (key) THEN ? .. END, ..`: the first form may compare in another way than the
    /// `WHERE`, a text with a decimal as floats.
    fn walk_cases<'b>(
        &'b self,
        column: &'b dyn AnyColumn<Mysql>,
        mut out: AstPass<'_, 'b, Mysql>,
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
struct UpdateCases<'r> {
    set: &'r AnyColumns<'r, Mysql>,
    rows: TheseRows<'r>,
}

impl Walk<Mysql> for UpdateCases<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("UPDATE");
        out.push_sql(MYSQL_BY_INDEX);
        self.rows.these.by_key.table.walk(out.reborrow())?;
        out.push_sql(" SET ");
        for (position, column) in self.set.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            self.rows.walk_cases(column, out.reborrow())?;
        }
        out.push_sql(" WHERE ");
        self.rows.walk_where(out)
    }
}

/// Deletes a chunk of rows.
struct DeleteCases<'r> {
    rows: TheseRows<'r>,
}

impl Walk<Mysql> for DeleteCases<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("DELETE");
        out.push_sql(MYSQL_BY_INDEX);
        out.push_sql("FROM ");
        self.rows.these.by_key.table.walk(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.rows.walk_where(out)
    }
}

/// `SELECT COUNT(*) FROM table WHERE key IN (..) GROUP BY key ORDER BY key FOR UPDATE`: locks the rows in the
/// order of their keys. (That of the groups makes the server read them by an index, whatever part of
/// the table they are.)
struct CountRows<'r> {
    lookup: Lookup<'r, Mysql>,
    rows: Range<usize>,
}

impl Walk<Mysql> for CountRows<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT COUNT(*) FROM ");
        self.lookup.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.lookup
            .walk_where(self.rows.clone(), false, out.reborrow())?;
        for by in [" GROUP BY ", " ORDER BY "] {
            out.push_sql(by);
            self.lookup.walk_order(out.reborrow())?;
        }
        out.push_sql(NO_LIMIT);
        Phrase::ExclusiveLock.walk_ast(out)
    }
}

/// Of each row with a key of a chunk: the position of the key, and the position of the key and the version.
/// In the order of the keys, for which the server reads them by the primary key, if the key is that.
struct FindCases<'r> {
    lookup: Lookup<'r, Mysql>,
    rows: TheseRows<'r>,
    /// By this transaction. A plain read would show what it has read before.
    is_locked: bool,
}

/// The two positions.
type FoundPositions = (Nullable<BigInt>, Nullable<BigInt>);

impl Walk<Mysql> for FindCases<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let rows = &self.rows;
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT ");
        rows.walk_position(out.reborrow(), |rows, row, out| {
            rows.keys().push_key(row, out)
        })?;
        out.push_sql(", ");
        rows.walk_position(out.reborrow(), TheseRows::walk_row)?;
        out.push_sql(" FROM ");
        self.lookup.walk_from(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.lookup
            .walk_where(rows.rows.clone(), true, out.reborrow())?;
        out.push_sql(" ORDER BY ");
        self.lookup.walk_order(out.reborrow())?;
        out.push_sql(NO_LIMIT);
        if self.is_locked {
            Phrase::ExclusiveLock.walk_ast(out)?;
        }
        Ok(())
    }
}
