//! MySQL and MariaDB: the rows are locked first, and then written by a statement for each 256 of
//! them, in which each column chooses its value by the key.
//!
//! Why not a join with a derived table of the values? Its columns would have types that the server
//! infers from the first row, or from a text that all values are converted to, and a binary string,
//! a decimal or a date could come out as another one. A `CASE` hands on the value that was bound.

use super::form::{DeleteRows, Rows, SaveRows, Written, failed, in_transaction};
use super::lock::MAX_BINDS;
use super::one_by_one::{LockAll, OneByOne};
use super::rows::{SetColumns, Versions, gather};
use super::walk::{len, walk_columns, walk_key, walk_lists, walk_values, walk_version};
use crate::backend::Spelling;
use crate::columns::{ColumnVisitor, Columns, EachColumn, VersionedColumns};
use crate::hidden::transaction_depth;
use crate::{Error, Versioned};
use diesel::RunQueryDsl;
use diesel::connection::LoadConnection;
use diesel::expression::Expression;
use diesel::mysql::{Mysql, MysqlType};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::query_source::{Column, QuerySource};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::is_nullable::IsNullable;
use diesel::sql_types::{BigInt, HasSqlType, SqlType};
use std::any::TypeId;
use std::mem;
use std::ops::Range;

/// The rows are locked in the order of their keys; then `UPDATE t SET a = CASE key WHEN ? THEN ? WHEN ?
/// THEN ? .. END, .. WHERE (key, version) IN ((?, ?), ..)` writes a chunk of them, or for keys that are
/// no integers a longer form of the same.
#[derive(Debug, Clone, Copy)]
pub struct Cases;

/// How many rows a statement writes. Each row compares its key with those before it, in each column:
/// with twice as many rows there are half as many round trips, but the server's work doubles.
const UPDATED_ROWS: usize = 256;

/// The same for a delete, in which nothing is compared in vain.
const DELETED_ROWS: usize = 1024;

/// The same for a look at what was missed.
const FOUND_ROWS: usize = 256;

#[diagnostic::do_not_recommend]
impl<M, C> SaveRows<M, C> for Cases
where
    C: LoadConnection<Backend = Mysql>,
    M: LockAll<C> + Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<
            'a,
            Key: Columns<Many: EachColumn<Mysql>>,
            Set: Columns<Many: EachColumn<Mysql>>,
        >,
    Versions<M>: EachColumn<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    OneByOne: SaveRows<M, C>,
{
    fn save_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        if <SetColumns<'_, M> as EachColumn<Mysql>>::IS_UNKNOWN {
            return OneByOne::save_rows(rows, conn);
        }
        let columns = gather(rows);
        let mut set = SetColumns::<'_, M>::default();
        for model in rows.models() {
            model.set_columns().push_to(&mut set);
        }
        let binds_of_row = (len::<_, Mysql>(&columns.0)? + 1) * (len::<_, Mysql>(&set)? + 1);
        let chunks = chunks(rows.models().len(), UPDATED_ROWS, binds_of_row);
        in_transaction(conn, |conn| {
            M::lock_all(rows.models(), &Spelling::ExclusiveLock, conn)?;
            write_chunks(chunks, |chunk| {
                let statement = UpdateCases::<M::Table, _, _, _> {
                    table: M::Table::default().from_clause(),
                    set: &set,
                    rows: TheseRows::new::<M::VersionColumn>(&columns, chunk),
                };
                ExecuteDsl::<C>::execute(statement, conn)
            })
        })
    }

    fn find_missed(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error> {
        find_missed(rows, conn)
    }
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteRows<M, C> for Cases
where
    C: LoadConnection<Backend = Mysql>,
    M: LockAll<C> + Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Mysql>>>,
    Versions<M>: EachColumn<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
{
    fn delete_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let columns = gather(rows);
        let binds_of_row = len::<_, Mysql>(&columns.0)? + 1;
        let chunks = chunks(rows.models().len(), DELETED_ROWS, binds_of_row);
        in_transaction(conn, |conn| {
            M::lock_all(rows.models(), &Spelling::DeletionLock, conn)?;
            write_chunks(chunks, |chunk| {
                let statement = DeleteCases::<M::Table, _, _> {
                    table: M::Table::default().from_clause(),
                    rows: TheseRows::new::<M::VersionColumn>(&columns, chunk),
                };
                ExecuteDsl::<C>::execute(statement, conn)
            })
        })
    }

    fn find_missed(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error> {
        find_missed(rows, conn)
    }
}

/// Chunks of a batch that a statement may hold.
fn chunks(rows: usize, at_once: usize, binds_of_row: usize) -> impl Iterator<Item = Range<usize>> {
    let at_once = at_once.min(MAX_BINDS / binds_of_row);
    (0..rows)
        .step_by(at_once)
        .map(move |start| start..rows.min(start + at_once))
}

/// Writes one chunk after the other, until one of them misses rows.
fn write_chunks(
    chunks: impl Iterator<Item = Range<usize>>,
    mut write: impl FnMut(Range<usize>) -> QueryResult<usize>,
) -> Result<Written, Error> {
    for chunk in chunks {
        let expected = chunk.len();
        if write(chunk).map_err(failed)? != expected {
            return Ok(Written::NotAll);
        }
    }
    Ok(Written::All)
}

/// How many were missed is known, but not which; and before the rollback, what was written looked
/// like what somebody else could have written.
fn find_missed<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: LoadConnection<Backend = Mysql>,
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Mysql>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Mysql>>>,
    Versions<M>: EachColumn<Mysql>,
    M::VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
{
    let columns = gather(rows);
    let is_locked = transaction_depth(conn).is_some();
    let mut found = vec![0; rows.models().len()];
    let binds_of_row = 2 * len::<_, Mysql>(&columns.0)? + 1;
    for chunk in chunks(rows.models().len(), FOUND_ROWS, binds_of_row) {
        let statement = FindCases::<M::Table, _, _> {
            table: M::Table::default().from_clause(),
            rows: TheseRows::new::<M::VersionColumn>(&columns, chunk),
            is_locked,
        };
        for position in statement.load::<i64>(conn).map_err(failed)? {
            let position = usize::try_from(position).ok();
            if let Some(found) = position.and_then(|position| found.get_mut(position)) {
                *found += 1;
            }
        }
    }
    if let Some(twice) = found.iter().position(|&rows| rows > 1) {
        return Err(Error::key_not_unique(rows.models()[twice], found[twice]));
    }
    let missed: Vec<_> = (0..found.len()).filter(|&row| found[row] == 0).collect();
    if missed.is_empty() {
        // All are there: something else refuses a write. Each row is looked at by itself.
        return Ok((0..found.len()).collect());
    }
    Ok(missed)
}

/// Some of the rows of a batch.
struct TheseRows<'r, K, E> {
    /// The keys, and the versions that the rows should have.
    columns: &'r (K, E),
    rows: Range<usize>,
    is_nullable: bool,
}

impl<'r, K, E> TheseRows<'r, K, E>
where
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
{
    /// `VersionColumn` is the column of `E`.
    fn new<VersionColumn>(columns: &'r (K, E), rows: Range<usize>) -> Self
    where
        VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>,
    {
        Self {
            columns,
            rows,
            is_nullable: is_nullable::<VersionColumn>(),
        }
    }

    fn keys(&self) -> &'r K {
        &self.columns.0
    }

    /// `(key, version) IN ((?, ?), ..)` for integers, and else `(key AND version = ?) OR (key AND
    /// version = ?) ..`, which takes the server longer.
    ///
    /// In a list of several rows MariaDB takes the bytes of a text as they are, whatever the character
    /// set of the column, and so finds other rows. For a list of one row it reads, and locks, the
    /// whole table. And a list finds no NULL.
    fn walk_any<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        if self.rows.len() > 1 && !self.is_nullable && are_integers(self.columns)? {
            return walk_lists(self.columns, self.rows.clone(), out);
        }
        let equals = if self.is_nullable { " <=> " } else { " = " };
        for row in self.rows.clone() {
            let is_first = row == self.rows.start;
            out.push_sql(if is_first { "(" } else { " OR (" });
            walk_key(&self.columns.0, row, out.reborrow())?;
            out.push_sql(" AND ");
            walk_version(&self.columns.1, equals, row, out.reborrow())?;
            out.push_sql(")");
        }
        Ok(())
    }
}

/// Do the columns hold integers?
fn are_integers<K: EachColumn<Mysql>>(columns: &K) -> QueryResult<bool> {
    let mut integers = Integers(true);
    columns.each(&mut integers)?;
    Ok(integers.0)
}

struct Integers(bool);

impl<'b> ColumnVisitor<'b, Mysql> for Integers {
    fn visit<Col, V>(&mut self, _column: &'b Col, _values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<Mysql>,
        V: ToSql<Col::SqlType, Mysql>,
        Mysql: HasSqlType<Col::SqlType>,
    {
        self.0 &= matches!(
            <Mysql as HasSqlType<Col::SqlType>>::metadata(&mut ()),
            MysqlType::Tiny
                | MysqlType::Short
                | MysqlType::Long
                | MysqlType::LongLong
                | MysqlType::UnsignedTiny
                | MysqlType::UnsignedShort
                | MysqlType::UnsignedLong
                | MysqlType::UnsignedLongLong
        );
        Ok(())
    }
}

/// Can the column be NULL?
fn is_nullable<Col>() -> bool
where
    Col: Expression<SqlType: SqlType<IsNull: 'static>>,
{
    TypeId::of::<<Col::SqlType as SqlType>::IsNull>() == TypeId::of::<IsNullable>()
}

/// Updates a chunk of rows.
struct UpdateCases<'r, T: QuerySource, K, E, S> {
    table: T::FromClause,
    set: &'r S,
    rows: TheseRows<'r, K, E>,
}

impl<T, K, E, S> QueryFragment<Mysql> for UpdateCases<'_, T, K, E, S>
where
    T: QuerySource<FromClause: QueryFragment<Mysql>>,
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
    S: EachColumn<Mysql>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.set.each(&mut Choices {
            keys: self.rows.keys(),
            rows: self.rows.rows.clone(),
            before: "",
            out: out.reborrow(),
        })?;
        out.push_sql(" WHERE ");
        self.rows.walk_any(out)
    }
}

/// Deletes a chunk of rows.
struct DeleteCases<'r, T: QuerySource, K, E> {
    table: T::FromClause,
    rows: TheseRows<'r, K, E>,
}

impl<T, K, E> QueryFragment<Mysql> for DeleteCases<'_, T, K, E>
where
    T: QuerySource<FromClause: QueryFragment<Mysql>>,
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("DELETE FROM ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.rows.walk_any(out)
    }
}

/// Which of a chunk of rows have the expected version?
struct FindCases<'r, T: QuerySource, K, E> {
    table: T::FromClause,
    rows: TheseRows<'r, K, E>,
    /// By this transaction. A plain read would show what it has read before.
    is_locked: bool,
}

impl<T, K, E> QueryFragment<Mysql> for FindCases<'_, T, K, E>
where
    T: QuerySource<FromClause: QueryFragment<Mysql>>,
    K: EachColumn<Mysql>,
    E: EachColumn<Mysql>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT CASE");
        for row in self.rows.rows.clone() {
            out.push_sql(" WHEN ");
            walk_key(self.rows.keys(), row, out.reborrow())?;
            out.push_sql(&format!(" THEN {row}"));
        }
        out.push_sql(" END FROM ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.rows.walk_any(out.reborrow())?;
        if self.is_locked {
            Spelling::ExclusiveLock.walk_ast(out)?;
        }
        Ok(())
    }
}

/// `a = CASE key WHEN ? THEN ? WHEN ? THEN ? .. END, ..` for a key that is an integer, and else `a = CASE
/// WHEN (key) THEN ? WHEN (key) THEN ? .. END, ..`: the first form may compare in another way than the
/// `WHERE`, a text with a decimal as floats.
struct Choices<'p, 'b, K> {
    keys: &'b K,
    rows: Range<usize>,
    before: &'static str,
    out: AstPass<'p, 'b, Mysql>,
}

impl<'b, K: EachColumn<Mysql>> ColumnVisitor<'b, Mysql> for Choices<'_, 'b, K> {
    fn visit<Col, V>(&mut self, _column: &'b Col, values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<Mysql>,
        V: ToSql<Col::SqlType, Mysql>,
        Mysql: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql(mem::replace(&mut self.before, ", "));
        self.out.push_identifier(Col::NAME)?;
        self.out.push_sql(" = CASE ");
        let is_integer = len::<_, Mysql>(self.keys)? == 1 && are_integers(self.keys)?;
        if is_integer {
            walk_columns(self.keys, self.out.reborrow())?;
        }
        for row in self.rows.clone() {
            self.out.push_sql(" WHEN ");
            if is_integer {
                walk_values(self.keys, row, self.out.reborrow())?;
            } else {
                walk_key(self.keys, row, self.out.reborrow())?;
            }
            self.out.push_sql(" THEN ");
            self.out.push_bind_param::<Col::SqlType, V>(&values[row])?;
        }
        self.out.push_sql(" END");
        Ok(())
    }
}

macro_rules! never_cached {
    ($($statement:ident<$($parameter:ident),*>)*) => {$(
        /// Its text has the length of the chunk.
        impl<T: QuerySource, $($parameter),*> QueryId for $statement<'_, T, $($parameter),*> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )*};
}

never_cached!(UpdateCases<K, E, S> DeleteCases<K, E> FindCases<K, E>);

impl<T: QuerySource, K, E> Query for FindCases<'_, T, K, E> {
    type SqlType = BigInt;
}

impl<T: QuerySource, K, E, Conn> RunQueryDsl<Conn> for FindCases<'_, T, K, E> {}
