//! PostgreSQL: one statement for any number of rows, in which each column is an array.

use super::one_by_one::OneByOne;
use super::pieces::AnyColumns;
use super::rows::{Rows, SetColumns, Versions, gather};
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Dialect, ErrorClass, Phrase, classify};
use crate::columns::{
    ColumnValue, ColumnVisitor, Columns, EachColumn, ManyValues, Unknown, VersionedColumns,
};
use crate::error::{Error, Lost};
use crate::hidden::transaction_depth;
use crate::scope::{Condition, Scope as _};
use crate::text::StatementText;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::RunQueryDsl;
use diesel::connection::LoadConnection;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_source::{Column, QuerySource};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType};
use std::marker::PhantomData;

/// One statement, whose text does not depend on the number of rows: each column is an array.
///
/// PostgreSQL has no arrays of arrays of different lengths, so a model with an array column is
/// written [`OneByOne`].
#[derive(Debug, Clone, Copy)]
pub struct Arrays;

#[diagnostic::do_not_recommend]
impl<M, C> SaveMany<M, C> for Arrays
where
    C: LoadConnection<Backend = Pg>,
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
    M: for<'a> VersionedColumns<
            'a,
            Key: Columns<Many: EachColumn<Pg>>,
            Set: Columns<Many: EachColumn<Pg>>,
        >,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
    Condition<M::Scope>: QueryFragment<Pg> + QueryId,
    OneByOne: SaveMany<M, C>,
{
    fn save_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut set = SetColumns::<'_, M>::default();
        for model in rows.models() {
            model.set_columns().push_to(&mut set);
        }
        let arrays = gather(rows);
        if !(is_flat(&set) && is_flat(&arrays)) {
            return OneByOne::save_many(rows, conn);
        }
        match rows.scope() {
            Some(scope) => write::<M, _, _, C, false>(rows, &arrays, &set, scope, conn),
            None => OneByOne::save_many(rows, conn),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteMany<M, C> for Arrays
where
    C: LoadConnection<Backend = Pg>,
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Pg>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
    Condition<M::Scope>: QueryFragment<Pg> + QueryId,
    OneByOne: DeleteMany<M, C>,
{
    fn delete_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let arrays = gather(rows);
        if !is_flat(&arrays) {
            return OneByOne::delete_many(rows, conn);
        }
        match rows.scope() {
            Some(scope) => write::<M, _, _, C, true>(rows, &arrays, &Unknown, scope, conn),
            None => OneByOne::delete_many(rows, conn),
        }
    }
}

fn write<M, K, S, C, const IS_DELETE: bool>(
    rows: &Rows<'_, M>,
    arrays: &(K, Versions<M>),
    set: &S,
    scope: M::Scope,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: LoadConnection<Backend = Pg>,
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
    Condition<M::Scope>: QueryFragment<Pg> + QueryId,
    K: EachColumn<Pg>,
    S: EachColumn<Pg>,
{
    let statement = WriteArrays::<M::Text, M::Table, _, _, _, _, IS_DELETE> {
        table: M::Table::default().from_clause(),
        keys: &arrays.0,
        expected: &arrays.1,
        set,
        scope: scope.condition(),
        positions: (0..).take(rows.models().len()).collect(),
        text: PhantomData,
    };
    if transaction_depth(conn).is_none() {
        return match statement.load(conn) {
            Err(error) if classify(&error, Pg::DATABASE) == ErrorClass::ConnectionLost => {
                Err(Error::OutcomeUnknown(Lost::unknown(error)))
            }
            result => read(result, rows),
        };
    }
    // In a savepoint, because an error would make the open transaction useless.
    let mut transaction = Open::atomic(conn)?;
    let written = read(statement.load(transaction.conn()), rows);
    end(transaction, written)
}

/// Reads what the statement returns: the position of each row that has no match, or several, with their
/// number.
fn read<M: Versioned>(
    result: QueryResult<Vec<(i64, i64)>>,
    rows: &Rows<'_, M>,
) -> Result<Written, Error> {
    let mismatches = match result {
        Ok(mismatches) => mismatches,
        Err(error) => {
            return match row_not_written(&error) {
                Some(row) if row < rows.models().len() => Ok(Written::Refused(row)),
                _ => Err(failed::<Pg>(error)),
            };
        }
    };
    let mut missed = Vec::with_capacity(mismatches.len());
    for (position, matches) in mismatches {
        let position = usize::try_from(position).unwrap_or_default();
        match usize::try_from(matches).unwrap_or_default() {
            0 => missed.push(position),
            several => return Err(Error::key_not_unique(rows.models()[position], several)),
        }
    }
    Ok(Written::all_but(missed))
}

/// What the statement raises, with the position of a row behind it, when the database has written
/// some of the rows and not all, although all match: a trigger or a policy has kept it from doing so.
/// PostgreSQL lets a query raise an error only by an operation that fails. This one is a text that is no
/// number, because the text stands in the message, in whatever language that is.
const NOT_WRITTEN: &str = "optlock: not written: row ";

/// Is it that error, and of which row?
fn row_not_written(error: &DieselError) -> Option<usize> {
    let DieselError::DatabaseError(_, information) = error else {
        return None;
    };
    let (_, row) = information.message().split_once(NOT_WRITTEN)?;
    let digits = row.find(|c: char| !c.is_ascii_digit()).unwrap_or(row.len());
    row[..digits].parse().ok()
}

/// Locks the rows in the order of their keys. If each has the expected version, it writes them all and
/// returns nothing. Otherwise it writes none, and returns those that have not: which they are, and
/// how many rows they are if their key is none.
///
/// So it is all or nothing without a transaction around it.
///
/// The version is compared in the row that was locked, which at READ COMMITTED is the newest, and
/// not in the one that the snapshot of the statement shows.
struct WriteArrays<'r, Text, T: QuerySource, K, E, S, Scope, const IS_DELETE: bool> {
    table: T::FromClause,
    keys: &'r K,
    expected: &'r E,
    /// Of a delete nothing.
    set: &'r S,
    /// The condition of the scope.
    scope: Scope,
    /// Of the rows in the batch. PostgreSQL could number them itself, but would then take them for
    /// another number of rows, and read the whole table where it should look them up.
    positions: Vec<i64>,
    text: PhantomData<Text>,
}

impl<Text, T, K, E, S, Scope, const IS_DELETE: bool> QueryFragment<Pg>
    for WriteArrays<'_, Text, T, K, E, S, Scope, IS_DELETE>
where
    T: QuerySource<FromClause: QueryFragment<Pg>>,
    K: EachColumn<Pg>,
    E: EachColumn<Pg>,
    S: EachColumn<Pg>,
    Scope: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk_rows(out.reborrow())?;
        self.walk_locked(out.reborrow())?;
        self.walk_written(out.reborrow())?;
        out.push_sql(" SELECT n, matches FROM optlock_mismatches UNION ALL SELECT 0, ('");
        out.push_sql(NOT_WRITTEN);
        // Only a group that HAVING lets through is converted.
        out.push_sql(
            "' || min(n))::bigint FROM optlock_rows \
             WHERE n NOT IN (SELECT n FROM optlock_written) \
             AND NOT EXISTS (SELECT FROM optlock_mismatches) HAVING count(*) > 0 ORDER BY 1",
        );
        Ok(())
    }
}

impl<Text, T, K, E, S, Scope, const IS_DELETE: bool>
    WriteArrays<'_, Text, T, K, E, S, Scope, IS_DELETE>
where
    T: QuerySource<FromClause: QueryFragment<Pg>>,
    K: EachColumn<Pg>,
    E: EachColumn<Pg>,
    S: EachColumn<Pg>,
    Scope: QueryFragment<Pg>,
{
    /// The rows as they are in memory: the columns `k0`, `k1`, .. of the key, `e0` for the expected
    /// version, `s0`, `s1`, .. for what is set, and `n` for their position.
    ///
    /// The arrays are unnested in the list of the `SELECT`, where they advance [together][srf], and not in
    /// its `FROM`, where a composite type would become several columns.
    ///
    /// [srf]: https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTIONS-RETURNING-SET
    fn walk_rows<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH optlock_rows AS MATERIALIZED (SELECT ");
        self.keys.each(&mut Binds::new("k", out.reborrow()))?;
        self.expected.each(&mut Binds::new("e", out.reborrow()))?;
        self.set.each(&mut Binds::new("s", out.reborrow()))?;
        out.push_sql("unnest(");
        out.push_bind_param::<Array<BigInt>, [i64]>(&self.positions)?;
        out.push_sql(") AS n)");
        Ok(())
    }

    fn walk_locked<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", optlock_locked AS MATERIALIZED (SELECT optlock_rows.*, ");
        AnyColumns::of(self.expected)?.push_columns(out.reborrow())?;
        out.push_sql(" AS found FROM optlock_rows, ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        push_compared(
            &AnyColumns::of(self.keys)?,
            "optlock_rows.k",
            out.reborrow(),
        )?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY ");
        AnyColumns::of(self.keys)?.push_columns(out.reborrow())?;
        let lock = if IS_DELETE {
            &Phrase::DeletionLock
        } else {
            &Phrase::ExclusiveLock
        };
        // Rows of a CTE are not locked.
        lock.walk_ast(out.reborrow())?;
        out.push_sql(
            "), optlock_mismatches AS MATERIALIZED (\
             SELECT n, matches FROM (SELECT optlock_rows.n, CASE WHEN bool_or(optlock_locked.n \
             IS NOT NULL AND optlock_locked.found IS NOT DISTINCT FROM optlock_locked.e0) \
             THEN count(*) ELSE 0 END AS matches FROM optlock_rows \
             LEFT JOIN optlock_locked ON optlock_locked.n = optlock_rows.n \
             GROUP BY optlock_rows.n) AS r WHERE matches <> 1)",
        );
        Ok(())
    }

    fn walk_written<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", optlock_written AS (");
        out.push_sql(if IS_DELETE { "DELETE FROM " } else { "UPDATE " });
        self.table.walk_ast(out.reborrow())?;
        if IS_DELETE {
            out.push_sql(" USING");
        } else {
            out.push_sql(" SET ");
            push_assigned(
                &AnyColumns::of(self.set)?,
                "optlock_locked.s",
                out.reborrow(),
            )?;
            out.push_sql(" FROM");
        }
        out.push_sql(" optlock_locked WHERE ");
        push_compared(
            &AnyColumns::of(self.keys)?,
            "optlock_locked.k",
            out.reborrow(),
        )?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(
            " AND NOT EXISTS (SELECT FROM optlock_mismatches) RETURNING optlock_locked.n)",
        );
        Ok(())
    }
}

/// [`WriteArrays`] in Diesel's cache. What is in it is the model's, and so fixed if the text of its
/// single `UPDATE` is.
#[derive(Debug)]
pub(super) struct WriteArraysId<Model, const IS_DELETE: bool>(PhantomData<Model>);

impl<Text, T, K, E, S, Scope, const IS_DELETE: bool> QueryId
    for WriteArrays<'_, Text, T, K, E, S, Scope, IS_DELETE>
where
    Text: StatementText,
    T: QuerySource,
    Scope: QueryId,
{
    type QueryId = WriteArraysId<Text::Id, IS_DELETE>;
    const HAS_STATIC_QUERY_ID: bool = Text::FIXED && Scope::HAS_STATIC_QUERY_ID;
}

impl<Text, T, K, E, S, Scope, const IS_DELETE: bool> Query
    for WriteArrays<'_, Text, T, K, E, S, Scope, IS_DELETE>
where
    T: QuerySource,
{
    type SqlType = (BigInt, BigInt);
}

impl<Text, T, K, E, S, Scope, Conn, const IS_DELETE: bool> RunQueryDsl<Conn>
    for WriteArrays<'_, Text, T, K, E, S, Scope, IS_DELETE>
where
    T: QuerySource,
{
}

/// `unnest(?) AS k0, unnest(?) AS k1, `: each column as one bind, its values as an array.
struct Binds<'p, 'b> {
    name: &'static str,
    nth: usize,
    out: AstPass<'p, 'b, Pg>,
}

impl<'p, 'b> Binds<'p, 'b> {
    fn new(name: &'static str, out: AstPass<'p, 'b, Pg>) -> Self {
        Self { name, nth: 0, out }
    }
}

impl<'b> ColumnVisitor<'b, Pg> for Binds<'_, 'b> {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<Pg>,
        V: ToSql<Col::SqlType, Pg>,
        Expr: QueryFragment<Pg>,
        Pg: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql("unnest(");
        self.out
            .push_bind_param::<Array<Col::SqlType>, [V]>(values.binds())?;
        let (name, nth) = (self.name, self.nth);
        self.out.push_sql(&format!(") AS {name}{nth}, "));
        self.nth += 1;
        Ok(())
    }
}

/// `a = other0, b = other1, ..` as assignments.
fn push_assigned<'b>(
    columns: &AnyColumns<'b, Pg>,
    other: &str,
    mut out: AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    for (nth, column) in columns.iter().enumerate() {
        out.push_sql(if nth == 0 { "" } else { ", " });
        out.push_identifier(column.name())?;
        out.push_sql(&format!(" = {other}{nth}"));
    }
    Ok(())
}

/// `t.a = other0 AND t.b = other1 ..` as comparisons.
fn push_compared<'b>(
    columns: &AnyColumns<'b, Pg>,
    other: &str,
    mut out: AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    for (nth, column) in columns.iter().enumerate() {
        out.push_sql(if nth == 0 { "" } else { " AND " });
        column.push_column(out.reborrow())?;
        out.push_sql(&format!(" = {other}{nth}"));
    }
    Ok(())
}

/// Is there an array of the type of each column, and of its values as they are? There is none of arrays.
fn is_flat<K: EachColumn<Pg>>(columns: &K) -> bool {
    let mut flat = K::are_binds();
    columns.each(&mut Flat(&mut flat)).is_ok() && flat
}

struct Flat<'f>(&'f mut bool);

impl<'b> ColumnVisitor<'b, Pg> for Flat<'_> {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        _values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<Pg>,
        V: ToSql<Col::SqlType, Pg>,
        Expr: QueryFragment<Pg>,
        Pg: HasSqlType<Col::SqlType>,
    {
        let metadata = <Pg as HasSqlType<Col::SqlType>>::metadata(&mut SomeType);
        *self.0 &= metadata.array_oid().is_ok_and(|oid| oid != 0);
        Ok(())
    }
}

/// For a type that is looked up by its name: that there is an array of it can be taken for granted, but
/// for one that is an array itself, [whose name begins with an underscore][names]. Which one it is
/// does not matter here.
///
/// [names]: https://www.postgresql.org/docs/current/sql-createtype.html
struct SomeType;

impl PgMetadataLookup for SomeType {
    fn lookup_type(&mut self, type_name: &str, _schema: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(1, u32::from(!type_name.starts_with('_')))
    }
}
