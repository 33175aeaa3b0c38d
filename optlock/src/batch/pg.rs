//! PostgreSQL: one statement for any number of rows, in which each column is an array.

use super::keyed::AnyRows;
use super::one_by_one::OneByOne;
use super::pieces::AnyColumn;
use super::rows::{Rows, SetColumns, keys_of, versions_of};
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Dialect, ErrorClass, Phrase, classify};
use crate::columns::{
    ColumnValue, ColumnVisitor, Columns, EachColumn, ManyValues, VersionedColumns,
};
use crate::error::{Error, Lost};
use crate::executes::{Fetch as _, RowsOf};
use crate::hidden::transaction_depth;
use crate::scope::{Condition, ScopeCondition};
use crate::statement::Walk;
use crate::text::StatementText;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::connection::LoadConnection;
use diesel::expression::Expression;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{Column, QuerySource};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType};
use std::any::TypeId;
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
    Condition<M::Scope>: ScopeCondition<Pg> + QueryId,
    OneByOne: SaveMany<M, C>,
{
    fn save_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut set = SetColumns::<'_, M>::default();
        for row in 0..rows.len() {
            rows.model(row).set_columns().push_to(&mut set);
        }
        let (keys, expected) = (keys_of(rows), versions_of(rows));
        let batch = Batch {
            rows,
            len: rows.len(),
            keys: ManyArrays::of(&keys),
            expected: ManyArrays::of(&expected),
            set: Some(ManyArrays::of(&set)),
            text_id: text_id::<M, false>(),
        };
        match write(&batch, conn)? {
            Some(written) => Ok(written),
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
    Condition<M::Scope>: ScopeCondition<Pg> + QueryId,
    OneByOne: DeleteMany<M, C>,
{
    fn delete_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let (keys, expected) = (keys_of(rows), versions_of(rows));
        let batch = Batch {
            rows,
            len: rows.len(),
            keys: ManyArrays::of(&keys),
            expected: ManyArrays::of(&expected),
            set: None,
            text_id: text_id::<M, true>(),
        };
        match write(&batch, conn)? {
            Some(written) => Ok(written),
            None => OneByOne::delete_many(rows, conn),
        }
    }
}

/// The rows of a batch, whatever their model.
struct Batch<'r> {
    rows: &'r dyn AnyRows<Pg>,
    /// How many there are.
    len: usize,
    keys: ManyArrays<'r>,
    /// The versions that the rows should have.
    expected: ManyArrays<'r>,
    /// Nothing: the rows are deleted.
    set: Option<ManyArrays<'r>>,
    text_id: Option<TypeId>,
}

/// Writes the rows. Returns nothing, and sends nothing, if one statement cannot: there is no array of a column,
/// or the rows are of several scopes.
fn write<C>(batch: &Batch<'_>, conn: &mut C) -> Result<Option<Written>, Error>
where
    C: LoadConnection<Backend = Pg>,
{
    let is_flat = |columns: &ManyArrays<'_>| columns.are_flat;
    let are_flat = is_flat(&batch.keys) && is_flat(&batch.expected);
    let are_flat = are_flat && batch.set.as_ref().is_none_or(is_flat);
    if !(are_flat && batch.rows.are_of_one_scope()) {
        return Ok(None);
    }
    let statement = WriteArrays {
        batch,
        table: batch.rows.table(),
        scope: batch.rows.scope(0),
        positions: (0..).take(batch.len).collect(),
    };
    if transaction_depth(conn).is_none() {
        return match RowsOf::<Mismatches>::fetch_all(&statement, conn) {
            Err(error) if classify(&error, Pg::DATABASE) == ErrorClass::ConnectionLost => {
                Err(Error::OutcomeUnknown(Lost::unknown(error)))
            }
            result => read(result, batch).map(Some),
        };
    }
    // In a savepoint, because an error would make the open transaction useless.
    let mut transaction = Open::atomic(conn)?;
    let result = RowsOf::<Mismatches>::fetch_all(&statement, transaction.conn());
    end(transaction, read(result, batch)).map(Some)
}

/// Reads what the statement returns: the position of each row that has no match, or several, with their
/// number.
fn read(result: QueryResult<Vec<(i64, i64)>>, batch: &Batch<'_>) -> Result<Written, Error> {
    let mismatches = match result {
        Ok(mismatches) => mismatches,
        Err(error) => {
            return match row_not_written(&error) {
                Some(row) if row < batch.len => Ok(Written::Refused(row)),
                _ => Err(failed::<Pg>(error)),
            };
        }
    };
    let mut missed = Vec::with_capacity(mismatches.len());
    for (position, matches) in mismatches {
        let position = usize::try_from(position).unwrap_or_default();
        match usize::try_from(matches).unwrap_or_default() {
            0 => missed.push(position),
            several => return Err(Error::key_not_unique(batch.rows.named(position), several)),
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
struct WriteArrays<'r> {
    batch: &'r Batch<'r>,
    table: Box<dyn Walk<Pg> + 'r>,
    scope: Box<dyn ScopeCondition<Pg> + 'r>,
    /// Of the rows in the batch. PostgreSQL could number them itself, but would then take them for
    /// another number of rows, and read the whole table where it should look them up.
    positions: Vec<i64>,
}

/// What it returns.
type Mismatches = (BigInt, BigInt);

impl Walk<Pg> for WriteArrays<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
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

    fn text_id(&self) -> Option<TypeId> {
        self.batch.text_id
    }
}

impl WriteArrays<'_> {
    /// The rows as they are in memory: the columns `k0`, `k1`, .. of the key, `e0` for the expected
    /// version, `s0`, `s1`, .. for what is set, and `n` for their position.
    ///
    /// The arrays are unnested in the list of the `SELECT`, where they advance [together][srf], and not in
    /// its `FROM`, where a composite type would become several columns.
    ///
    /// [srf]: https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTIONS-RETURNING-SET
    fn walk_rows<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH optlock_rows AS MATERIALIZED (SELECT ");
        self.batch.keys.push_arrays("k", out.reborrow())?;
        self.batch.expected.push_arrays("e", out.reborrow())?;
        if let Some(set) = &self.batch.set {
            set.push_arrays("s", out.reborrow())?;
        }
        out.push_sql("unnest(");
        out.push_bind_param::<Array<BigInt>, [i64]>(&self.positions)?;
        out.push_sql(") AS n)");
        Ok(())
    }

    fn walk_locked<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", optlock_locked AS MATERIALIZED (SELECT optlock_rows.*, ");
        self.batch.expected.push_columns(out.reborrow())?;
        out.push_sql(" AS found FROM optlock_rows, ");
        self.table.walk(out.reborrow())?;
        out.push_sql(" WHERE ");
        let keys = &self.batch.keys;
        keys.push_compared("optlock_rows.k", out.reborrow())?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY ");
        keys.push_columns(out.reborrow())?;
        let lock = match self.batch.set {
            Some(_) => &Phrase::ExclusiveLock,
            None => &Phrase::DeletionLock,
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
        let is_save = self.batch.set.is_some();
        out.push_sql(if is_save { "UPDATE " } else { "DELETE FROM " });
        self.table.walk(out.reborrow())?;
        if let Some(set) = &self.batch.set {
            out.push_sql(" SET ");
            set.push_assigned("optlock_locked.s", out.reborrow())?;
        }
        out.push_sql(if is_save { " FROM" } else { " USING" });
        out.push_sql(" optlock_locked WHERE ");
        let keys = &self.batch.keys;
        keys.push_compared("optlock_locked.k", out.reborrow())?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(
            " AND NOT EXISTS (SELECT FROM optlock_mismatches) RETURNING optlock_locked.n)",
        );
        Ok(())
    }
}

/// Names the text of [`WriteArrays`], if it is always the same. What is in it is the model's, and so fixed if
/// the text of its single `UPDATE` is.
fn text_id<M, const IS_DELETE: bool>() -> Option<TypeId>
where
    M: Versioned,
    Condition<M::Scope>: QueryId,
{
    let is_fixed = M::Text::FIXED && Condition::<M::Scope>::HAS_STATIC_QUERY_ID;
    is_fixed.then(TypeId::of::<WriteArraysId<<M::Text as StatementText>::Id, IS_DELETE>>)
}

/// See [`text_id`].
struct WriteArraysId<Model, const IS_DELETE: bool>(PhantomData<Model>);

/// A column with the values of many rows, which are one bind, whatever its type.
trait ArrayColumn: AnyColumn<Pg> {
    /// Is there an array of its type, and of its values as they are? There is none of arrays.
    fn is_flat(&self) -> bool;

    /// `?`, all values as an array.
    fn push_array<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl<Col, V, Expr> ArrayColumn for ManyValues<Col, V, Expr>
where
    Col: Column<SqlType: 'static> + QueryFragment<Pg>,
    V: ToSql<<Col as Expression>::SqlType, Pg>,
    Expr: QueryFragment<Pg>,
    Pg: HasSqlType<<Col as Expression>::SqlType>,
{
    fn is_flat(&self) -> bool {
        has_array(&<Pg as HasSqlType<Col::SqlType>>::metadata(&mut SomeType))
    }

    fn push_array<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Array<<Col as Expression>::SqlType>, [V]>(self.binds())
    }
}

fn has_array(metadata: &PgTypeMetadata) -> bool {
    metadata.array_oid().is_ok_and(|oid| oid != 0)
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

/// Columns side by side, the values of each an array.
struct ManyArrays<'b> {
    columns: Vec<&'b dyn ArrayColumn>,
    /// There is an array of each of them.
    are_flat: bool,
}

impl<'b> ManyArrays<'b> {
    fn of<K: EachColumn<Pg>>(columns: &'b K) -> Self {
        let mut arrays = Self {
            columns: Vec::new(),
            are_flat: K::are_binds(),
        };
        arrays.are_flat &= columns.each(&mut arrays).is_ok();
        arrays
    }

    /// `unnest(?) AS k0, unnest(?) AS k1, `
    fn push_arrays(&self, name: &str, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (nth, column) in self.columns.iter().enumerate() {
            out.push_sql("unnest(");
            column.push_array(out.reborrow())?;
            out.push_sql(&format!(") AS {name}{nth}, "));
        }
        Ok(())
    }

    /// `t.a, t.b`
    fn push_columns(&self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (nth, column) in self.columns.iter().enumerate() {
            out.push_sql(if nth == 0 { "" } else { ", " });
            column.push_column(out.reborrow())?;
        }
        Ok(())
    }

    /// `a = other0, b = other1, ..` as assignments.
    fn push_assigned(&self, other: &str, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (nth, column) in self.columns.iter().enumerate() {
            out.push_sql(if nth == 0 { "" } else { ", " });
            out.push_identifier(column.name())?;
            out.push_sql(&format!(" = {other}{nth}"));
        }
        Ok(())
    }

    /// `t.a = other0 AND t.b = other1 ..` as comparisons.
    fn push_compared(&self, other: &str, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (nth, column) in self.columns.iter().enumerate() {
            out.push_sql(if nth == 0 { "" } else { " AND " });
            column.push_column(out.reborrow())?;
            out.push_sql(&format!(" = {other}{nth}"));
        }
        Ok(())
    }
}

impl<'b> ColumnVisitor<'b, Pg> for ManyArrays<'b> {
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
        self.are_flat &= values.is_flat();
        self.columns.push(values);
        Ok(())
    }
}
