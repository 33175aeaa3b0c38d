//! MySQL and MariaDB: the rows are locked first, and then written by a statement for each 256 of
//! them, in which each column chooses its value by the key.
//!
//! Why not a join with a derived table of the values? Its columns would have types that the server
//! infers from the first row, or from a text that all values are converted to, and a binary string,
//! a decimal or a date could come out as another one. A `CASE` hands on the value that was bound.

use super::index::{Access, find_access};
use super::lock::MAX_BINDS;
use super::lookup::{Lookup, RowsByKey};
use super::one_by_one::{OneByOne, find_stale};
use super::pieces::{
    are_integers, len, push_columns, push_in_lists, push_key, push_values, push_version,
};
use super::rows::{KeyColumns, Rows, SetColumns, Versions, gather};
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Database, Phrase};
use crate::columns::{
    ColumnValue, ColumnVisitor, Columns, EachColumn, ManyValues, VersionedColumns, is_nullable,
};
use crate::error::Error;
use crate::executes::fetch_all;
use crate::hidden::transaction_depth;
use crate::operation::{OfVersion, ReadRow};
use crate::scope::{Condition, Scope as _, ScopeCondition};
use crate::statement::Walk;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::connection::LoadConnection;
use diesel::expression::Expression;
use diesel::mysql::Mysql;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{Column, QuerySource};
use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, SqlType};
use std::mem;
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

/// The same for a delete, in which nothing is compared in vain.
const DELETED_ROWS: usize = 1024;

/// The same for a look at what was missed.
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
        let Some(scope) = rows.scope() else {
            return OneByOne::save_many(rows, conn);
        };
        if !<SetColumns<'_, M> as EachColumn<Mysql>>::are_binds() {
            return OneByOne::save_many(rows, conn);
        }
        let scope = scope.condition();
        let columns = gather(rows);
        let mut set = SetColumns::<'_, M>::default();
        for model in rows.models() {
            model.set_columns().push_to(&mut set);
        }
        let binds_of_row = (len::<_, Mysql>(&columns.0)? + 1) * (len::<_, Mysql>(&set)? + 1);
        let chunks = chunks(rows.models().len(), UPDATED_ROWS, binds_of_row);
        let update = |chunk| UpdateCases::<M::Table, _, _, _, _> {
            table: M::Table::default().from_clause(),
            set: &set,
            rows: TheseRows::new::<M::VersionColumn>(&columns, &scope, chunk),
        };
        let written = write_chunks(rows, &columns.0, &scope, chunks, update, conn)?;
        written.map_or_else(|| OneByOne::save_many(rows, conn), Ok)
    }

    fn find_missed(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error> {
        find_missed(rows, conn)
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
        let Some(scope) = rows.scope() else {
            return OneByOne::delete_many(rows, conn);
        };
        let scope = scope.condition();
        let columns = gather(rows);
        let binds_of_row = len::<_, Mysql>(&columns.0)? + 1;
        let chunks = chunks(rows.models().len(), DELETED_ROWS, binds_of_row);
        let delete = |chunk| DeleteCases::<M::Table, _, _, _> {
            table: M::Table::default().from_clause(),
            rows: TheseRows::new::<M::VersionColumn>(&columns, &scope, chunk),
        };
        let written = write_chunks(rows, &columns.0, &scope, chunks, delete, conn)?;
        written.map_or_else(|| OneByOne::delete_many(rows, conn), Ok)
    }

    fn find_missed(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error> {
        find_missed(rows, conn)
    }
}

/// Writes the rows by the `statement` of each chunk. Returns nothing, and writes nothing, if only the single
/// statement can say which row a key is that of: without an index on the key, and where a key that is no
/// integer may be one with another one to the server.
fn write_chunks<'a, M, S, C>(
    rows: &Rows<'a, M>,
    keys: &KeyColumns<'a, M>,
    scope: &Condition<M::Scope>,
    chunks: impl Iterator<Item = Range<usize>>,
    statement: impl Fn(Range<usize>) -> S,
    conn: &mut C,
) -> Result<Option<Written>, Error>
where
    C: LoadConnection<Backend = Mysql>,
    S: QueryFragment<Mysql> + QueryId,
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: VersionedColumns<'a, Key: Columns<Many: EachColumn<Mysql>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Mysql>>,
    Condition<M::Scope>: ScopeCondition<Mysql>,
{
    let of_scope = RowsByKey::<M, _>::new(scope, keys);
    let access = find_access(Database::Mysql, &of_scope, conn).map_err(failed::<Mysql>)?;
    let lookup = Lookup::new(&of_scope, &access);
    let are_integers = are_integers::<_, Mysql>(keys)?;
    let rows = rows.models().len();
    // Two keys are seen to be one if one statement counts both.
    let are_all_counted = are_integers || rows <= lookup.most_at_once()?;
    let are_binds = <(KeyColumns<'a, M>, Versions<M>)>::are_binds();
    if !(are_all_counted && are_binds) {
        return Ok(None);
    }
    let is_exact = are_integers && rows > FEW;
    let mut transaction = Open::atomic(conn)?;
    let mut has_row_for_each = false;
    let written = match lock_and_count(lookup, rows, transaction.conn()) {
        Ok(counted) if counted == rows => {
            has_row_for_each = true;
            send_chunks(chunks, statement, transaction.conn())
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
fn send_chunks<S, C>(
    chunks: impl Iterator<Item = Range<usize>>,
    statement: impl Fn(Range<usize>) -> S,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: LoadConnection<Backend = Mysql>,
    S: QueryFragment<Mysql> + QueryId,
{
    for chunk in chunks {
        let expected = chunk.len();
        let written = conn
            .execute_returning_count(&statement(chunk))
            .map_err(failed::<Mysql>)?;
        if written != expected {
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
    for chunk in chunks(rows, lookup.most_at_once()?, 1) {
        let statement = CountRows {
            lookup,
            rows: chunk,
        };
        let counts = fetch_all::<BigInt, i64, _>(&statement, conn).map_err(failed::<Mysql>)?;
        keys_of_one += counts.iter().filter(|&&rows| rows == 1).count();
    }
    Ok(keys_of_one)
}

/// In what is sent the server is told to look rows up by an index, and otherwise to refuse. Of its own
/// accord it reads, and locks, the whole table from about a quarter of its rows on.
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

/// How many were missed is known, but not which; and before the rollback, what was written looked
/// like what somebody else could have written.
fn find_missed<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: LoadConnection<Backend = Mysql>,
    M: ReadRow<OfVersion, C>
        + Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Mysql>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Mysql>>,
    Condition<M::Scope>: ScopeCondition<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
{
    let is_locked = transaction_depth(conn).is_some();
    if is_locked && rows.models().len() <= FEW {
        return find_stale(rows, conn);
    }
    // Rows of several scopes are written one by one, and those that were missed are known.
    let Some(scope) = rows.scope() else {
        return find_stale(rows, conn);
    };
    let scope = scope.condition();
    let columns = gather(rows);
    let of_scope = RowsByKey::<M, _>::new(&scope, &columns.0);
    let access = if is_locked {
        find_access(Database::Mysql, &of_scope, conn).map_err(failed::<Mysql>)?
    } else {
        Access::Any
    };
    let lookup = Lookup::new(&of_scope, &access);
    let mut found = vec![(0, false); rows.models().len()];
    let binds_of_row = 3 * len::<_, Mysql>(&columns.0)? + 1;
    for chunk in chunks(rows.models().len(), FOUND_ROWS, binds_of_row) {
        let statement = FindCases {
            lookup,
            rows: TheseRows::new::<M::VersionColumn>(&columns, &scope, chunk),
            is_locked,
        };
        let positions: Vec<(Option<i64>, Option<i64>)> =
            fetch_all::<FoundPositions, _, _>(&statement, conn).map_err(failed::<Mysql>)?;
        for (of_key, of_version) in positions {
            if let Some((rows, _)) = at(&mut found, of_key) {
                *rows += 1;
            }
            if let Some((_, has_version)) = at(&mut found, of_version) {
                *has_version = true;
            }
        }
    }
    if let Some(several) = found
        .iter()
        .position(|&(rows, has_version)| rows > 1 && has_version)
    {
        return Err(Error::key_not_unique(
            rows.models()[several],
            found[several].0,
        ));
    }
    Ok((0..found.len()).filter(|&row| !found[row].1).collect())
}

fn at<T>(rows: &mut [T], position: Option<i64>) -> Option<&mut T> {
    rows.get_mut(usize::try_from(position?).ok()?)
}

/// Some of the rows of a batch.
struct TheseRows<'r, K, E, S> {
    /// The keys, and the versions that the rows should have.
    columns: &'r (K, E),
    /// The condition of their scope.
    scope: &'r S,
    rows: Range<usize>,
    is_nullable: bool,
}

impl<'r, K, E, S> TheseRows<'r, K, E, S>
where
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
    S: QueryFragment<Mysql>,
{
    /// `VersionColumn` is the column of `E`.
    fn new<VersionColumn>(columns: &'r (K, E), scope: &'r S, rows: Range<usize>) -> Self
    where
        VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    {
        Self {
            columns,
            scope,
            rows,
            is_nullable: is_nullable::<VersionColumn>(),
        }
    }

    fn keys(&self) -> &'r K {
        &self.columns.0
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
        self.scope.walk_ast(out)
    }

    fn walk_any_row<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        if self.rows.len() > 1 && !self.is_nullable && are_integers::<_, Mysql>(self.columns)? {
            return push_in_lists(self.columns, " + 0", self.rows.clone(), out);
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
        let equals = if self.is_nullable { " <=> " } else { " = " };
        out.push_sql("(");
        push_key(&self.columns.0, row, out.reborrow())?;
        out.push_sql(" AND ");
        push_version(&self.columns.1, equals, row, out.reborrow())?;
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
}

/// Updates a chunk of rows.
struct UpdateCases<'r, T: QuerySource, K, E, Set, S> {
    table: T::FromClause,
    set: &'r Set,
    rows: TheseRows<'r, K, E, S>,
}

impl<T, K, E, Set, S> QueryFragment<Mysql> for UpdateCases<'_, T, K, E, Set, S>
where
    T: QuerySource<FromClause: QueryFragment<Mysql>>,
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
    Set: EachColumn<Mysql>,
    S: QueryFragment<Mysql>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("UPDATE");
        out.push_sql(MYSQL_BY_INDEX);
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.set.each(&mut CaseOfKeys {
            keys: self.rows.keys(),
            rows: self.rows.rows.clone(),
            before: "",
            out: out.reborrow(),
        })?;
        out.push_sql(" WHERE ");
        self.rows.walk_where(out)
    }
}

/// Deletes a chunk of rows.
struct DeleteCases<'r, T: QuerySource, K, E, S> {
    table: T::FromClause,
    rows: TheseRows<'r, K, E, S>,
}

impl<T, K, E, S> QueryFragment<Mysql> for DeleteCases<'_, T, K, E, S>
where
    T: QuerySource<FromClause: QueryFragment<Mysql>>,
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
    S: QueryFragment<Mysql>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(MARIADB_BY_INDEX);
        out.push_sql("DELETE");
        out.push_sql(MYSQL_BY_INDEX);
        out.push_sql("FROM ");
        self.table.walk_ast(out.reborrow())?;
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
struct FindCases<'r, K, E, S> {
    lookup: Lookup<'r, Mysql>,
    rows: TheseRows<'r, K, E, S>,
    /// By this transaction. A plain read would show what it has read before.
    is_locked: bool,
}

/// The two positions.
type FoundPositions = (Nullable<BigInt>, Nullable<BigInt>);

impl<K, E, S> Walk<Mysql> for FindCases<'_, K, E, S>
where
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
    S: QueryFragment<Mysql>,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let rows = &self.rows;
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT ");
        rows.walk_position(out.reborrow(), |rows, row, out| {
            push_key(rows.keys(), row, out)
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

/// `a = CASE key WHEN ? THEN ? WHEN ? THEN ? .. END, ..` for a key that is an integer, and else `a = CASE
/// WHEN (key) THEN ? WHEN (key) THEN ? .. END, ..`: the first form may compare in another way than the
/// `WHERE`, a text with a decimal as floats.
struct CaseOfKeys<'p, 'b, K> {
    keys: &'b K,
    rows: Range<usize>,
    before: &'static str,
    out: AstPass<'p, 'b, Mysql>,
}

impl<'b, K: EachColumn<Mysql>> ColumnVisitor<'b, Mysql> for CaseOfKeys<'_, 'b, K> {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<Mysql>,
        V: ToSql<Col::SqlType, Mysql>,
        Expr: QueryFragment<Mysql>,
        Mysql: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql(mem::replace(&mut self.before, ", "));
        self.out.push_identifier(Col::NAME)?;
        self.out.push_sql(" = CASE ");
        let is_integer = len::<_, Mysql>(self.keys)? == 1 && are_integers::<_, Mysql>(self.keys)?;
        if is_integer {
            push_columns(self.keys, self.out.reborrow())?;
        }
        for row in self.rows.clone() {
            self.out.push_sql(" WHEN ");
            if is_integer {
                push_values(self.keys, row, self.out.reborrow())?;
            } else {
                push_key(self.keys, row, self.out.reborrow())?;
            }
            self.out.push_sql(" THEN ");
            values.walk(row, self.out.reborrow())?;
        }
        self.out.push_sql(" END");
        Ok(())
    }
}

macro_rules! never_cached {
    ($($statement:ident<$($parameter:ident $(: $bound:ident)?),*>)*) => {$(
        /// Its text has the length of the chunk.
        impl<$($parameter $(: $bound)?),*> QueryId for $statement<'_, $($parameter),*> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )*};
}

never_cached! {
    UpdateCases<T: QuerySource, K, E, Set, S>
    DeleteCases<T: QuerySource, K, E, S>
}
