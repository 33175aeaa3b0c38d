//! PostgreSQL: one statement for any number of rows, in which each column is an array.

use super::arrays::NOT_WRITTEN;
use super::facts::are_of_one_scope;
use super::pieces::AnyColumn;
use super::rows::{KeyColumns, Rows, SetColumns, Versions, keys_of, versions_of};
use super::strategy::{DeleteMany, SaveMany, Writes};
use crate::backend::Phrase;
use crate::columns::{
    ColumnValue, ColumnVisitor, Columns, EachColumn, ManyValues, VersionedColumns,
};
use crate::scope::{Condition, Scope as _};
use crate::statement::Walk;
use crate::text::StatementText;
use crate::versioned::Versioned;
use diesel::expression::Expression;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{Column, QuerySource};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType};
use std::any::TypeId;
use std::marker::PhantomData;

/// One statement, whose text does not depend on the number of rows: each column is an array.
///
/// PostgreSQL has no arrays of arrays of different lengths, so a model with an array column is
/// written [`OneByOne`](super::OneByOne).
#[derive(Debug, Clone, Copy)]
pub struct Arrays;

/// The save of many rows.
#[derive(Debug)]
pub struct SaveArrays;

/// The delete of many rows.
#[derive(Debug)]
pub struct DeleteArrays;

#[diagnostic::do_not_recommend]
impl<M> SaveMany<M, Pg> for Arrays
where
    M: Versioned,
    SaveArrays: Writes<M, Pg>,
{
    type Writes = SaveArrays;
}

#[diagnostic::do_not_recommend]
impl<M> DeleteMany<M, Pg> for Arrays
where
    M: Versioned,
    DeleteArrays: Writes<M, Pg>,
{
    type Writes = DeleteArrays;
}

#[diagnostic::do_not_recommend]
impl<M> Writes<M, Pg> for SaveArrays
where
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
    M: for<'a> VersionedColumns<
            'a,
            Key: Columns<Many: EachColumn<Pg>>,
            Set: Columns<Many: EachColumn<Pg>>,
        >,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
    Condition<M::Scope>: QueryFragment<Pg> + QueryId,
{
    fn has_all(rows: Rows<'_, M>) -> bool {
        has_arrays::<SetColumns<'_, M>>() && DeleteArrays::has_all(rows)
    }

    fn all<'r>(rows: Rows<'r, M>) -> Box<dyn Walk<Pg> + 'r> {
        let mut set = SetColumns::<'_, M>::default();
        for row in 0..rows.len() {
            rows.model(row).set_columns().push_to(&mut set);
        }
        let text_id = text_id::<M, SaveArrays>();
        Box::new(WriteArrays::new(rows, Some(Box::new(set)), text_id))
    }

    fn has_versions(rows: Rows<'_, M>) -> bool {
        DeleteArrays::has_versions(rows)
    }

    fn versions<'r>(rows: Rows<'r, M>, these: &[usize]) -> Option<Box<dyn Walk<Pg> + 'r>> {
        DeleteArrays::versions(rows, these)
    }
}

#[diagnostic::do_not_recommend]
impl<M> Writes<M, Pg> for DeleteArrays
where
    M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Pg>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
    Condition<M::Scope>: QueryFragment<Pg> + QueryId,
{
    fn has_all(rows: Rows<'_, M>) -> bool {
        has_arrays::<KeyColumns<'_, M>>() && has_arrays::<Versions<M>>() && are_of_one_scope(rows)
    }

    fn all<'r>(rows: Rows<'r, M>) -> Box<dyn Walk<Pg> + 'r> {
        Box::new(WriteArrays::new(rows, None, text_id::<M, DeleteArrays>()))
    }

    fn has_versions(rows: Rows<'_, M>) -> bool {
        has_arrays::<KeyColumns<'_, M>>() && are_of_one_scope(rows)
    }

    fn versions<'r>(rows: Rows<'r, M>, these: &[usize]) -> Option<Box<dyn Walk<Pg> + 'r>> {
        Some(Box::new(ReadArrays::new(rows, these)))
    }
}

/// Are there arrays of the columns, and of their values as they are?
fn has_arrays<K: EachColumn<Pg> + Default>() -> bool {
    ManyArrays::of(&K::default()).are_flat
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
    table: Box<dyn QueryFragment<Pg> + 'r>,
    keys: Box<dyn Arrayed + 'r>,
    /// The versions that the rows should have.
    expected: Box<dyn Arrayed + 'r>,
    /// Nothing: the rows are deleted.
    set: Option<Box<dyn Arrayed + 'r>>,
    scope: Box<dyn QueryFragment<Pg> + 'r>,
    /// Of the rows in the batch. (`WITH ORDINALITY` numbers what stands in a `FROM`.)
    positions: Vec<i64>,
    text_id: Option<TypeId>,
}

impl<'r> WriteArrays<'r> {
    fn new<M>(
        rows: Rows<'r, M>,
        set: Option<Box<dyn Arrayed + 'r>>,
        text_id: Option<TypeId>,
    ) -> Self
    where
        M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
        M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Pg>>>,
        ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Pg>>,
        Condition<M::Scope>: QueryFragment<Pg>,
    {
        Self {
            table: Box::new(M::Table::default().from_clause()),
            keys: Box::new(keys_of(rows, 0..rows.len())),
            expected: Box::new(versions_of(rows, 0..rows.len())),
            set,
            scope: Box::new(rows.model(0).scope().condition()),
            positions: (0..).take(rows.len()).collect(),
            text_id,
        }
    }
}

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
        self.text_id
    }
}

/// True, of each row. The planner expects ten rows of any batch, and one behind this condition: so it looks rows up by their
/// key in a small table too, where it would else read all rows, and still would when the table has grown and the plan is
/// kept.
const AS_IF_ONE_ROW: &str = "optlock_rows.n % 1 = 0 AND ";

impl WriteArrays<'_> {
    /// The rows as they are in memory: the columns `k0`, `k1`, .. of the key, `e0` for the expected
    /// version, `s0`, `s1`, .. for what is set, and `n` for their position.
    ///
    /// The arrays are unnested in the list of the `SELECT`, where they advance [together][srf], and not in
    /// its `FROM`, where a composite type would become several columns.
    ///
    /// Each array is one of a `SELECT`, into which the planner does not look: with the same plan for an array of any
    /// length, the server [keeps the plan][plan] from the sixth batch on. It would else plan each anew, which
    /// takes it longer than to write two rows.
    ///
    /// [srf]: https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTIONS-RETURNING-SET
    /// [plan]: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
    fn walk_rows<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH optlock_rows AS MATERIALIZED (SELECT ");
        self.keys.arrays().push_arrays("k", out.reborrow())?;
        self.expected.arrays().push_arrays("e", out.reborrow())?;
        if let Some(set) = &self.set {
            set.arrays().push_arrays("s", out.reborrow())?;
        }
        push_positions(&self.positions, out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }

    fn walk_locked<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", optlock_locked AS MATERIALIZED (SELECT optlock_rows.*, ");
        self.expected.arrays().push_columns(out.reborrow())?;
        out.push_sql(" AS found FROM optlock_rows, ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        out.push_sql(AS_IF_ONE_ROW);
        let keys = self.keys.arrays();
        keys.push_compared("optlock_rows.k", out.reborrow())?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY ");
        keys.push_columns(out.reborrow())?;
        let lock = match self.set {
            Some(_) => &Phrase::ExclusiveLock,
            None => &Phrase::DeletionLock,
        };
        // Rows of a CTE are not locked.
        lock.walk_ast(out.reborrow())?;
        // Grouped, and not joined: for so few rows as the planner expects, it would compare each with each.
        out.push_sql(
            "), optlock_mismatches AS MATERIALIZED (\
             SELECT n, CASE WHEN bool_or(has_version) THEN count(has_version) ELSE 0 END AS matches FROM (\
             SELECT n, NULL::boolean AS has_version FROM optlock_rows UNION ALL \
             SELECT n, found IS NOT DISTINCT FROM e0 FROM optlock_locked) AS r GROUP BY n \
             HAVING count(has_version) <> 1 OR NOT bool_or(has_version))",
        );
        Ok(())
    }

    fn walk_written<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", optlock_written AS (");
        let is_save = self.set.is_some();
        out.push_sql(if is_save { "UPDATE " } else { "DELETE FROM " });
        self.table.walk_ast(out.reborrow())?;
        if let Some(set) = &self.set {
            out.push_sql(" SET ");
            set.arrays()
                .push_assigned("optlock_locked.s", out.reborrow())?;
        }
        out.push_sql(if is_save { " FROM" } else { " USING" });
        out.push_sql(" optlock_locked WHERE ");
        let keys = self.keys.arrays();
        keys.push_compared("optlock_locked.k", out.reborrow())?;
        self.scope.walk_ast(out.reborrow())?;
        out.push_sql(
            " AND NOT EXISTS (SELECT FROM optlock_mismatches) RETURNING optlock_locked.n)",
        );
        Ok(())
    }
}

/// Reads the versions of rows, each behind its position.
struct ReadArrays<'r> {
    table: Box<dyn QueryFragment<Pg> + 'r>,
    keys: Box<dyn Arrayed + 'r>,
    version: &'static str,
    scope: Box<dyn QueryFragment<Pg> + 'r>,
    positions: Vec<i64>,
    text_id: Option<TypeId>,
}

impl<'r> ReadArrays<'r> {
    fn new<M>(rows: Rows<'r, M>, these: &[usize]) -> Self
    where
        M: Versioned<Table: Default + QuerySource<FromClause: QueryFragment<Pg>>>,
        M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<Pg>>>,
        Condition<M::Scope>: QueryFragment<Pg> + QueryId,
    {
        Self {
            table: Box::new(M::Table::default().from_clause()),
            keys: Box::new(keys_of(rows, these.iter().copied())),
            version: M::VersionColumn::NAME,
            scope: Box::new(rows.model(0).scope().condition()),
            positions: these.iter().map(|&row| row as i64).collect(),
            text_id: text_id::<M, ReadArrays<'static>>(),
        }
    }
}

impl Walk<Pg> for ReadArrays<'_> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let keys = self.keys.arrays();
        out.push_sql("SELECT optlock_rows.n, ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(".");
        out.push_identifier(self.version)?;
        out.push_sql(" FROM (SELECT ");
        keys.push_arrays("k", out.reborrow())?;
        push_positions(&self.positions, out.reborrow())?;
        out.push_sql(") AS optlock_rows, ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        out.push_sql(AS_IF_ONE_ROW);
        keys.push_compared("optlock_rows.k", out.reborrow())?;
        self.scope.walk_ast(out)
    }

    fn text_id(&self) -> Option<TypeId> {
        self.text_id
    }
}

/// `unnest((SELECT ?)) AS n`
fn push_positions<'b>(positions: &'b [i64], mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    out.push_sql("unnest((SELECT ");
    out.push_bind_param::<Array<BigInt>, [i64]>(positions)?;
    out.push_sql(")) AS n");
    Ok(())
}

/// Names the text of the statement `What` of a model, if it is always the same. What is in it is the model's, and so
/// fixed if the text of its single `UPDATE` is.
fn text_id<M, What: 'static>() -> Option<TypeId>
where
    M: Versioned,
    Condition<M::Scope>: QueryId,
{
    let is_fixed = M::Text::FIXED && Condition::<M::Scope>::HAS_STATIC_QUERY_ID;
    is_fixed.then(TypeId::of::<ArraysId<<M::Text as StatementText>::Id, What>>)
}

/// See [`text_id`].
struct ArraysId<Model, What>(PhantomData<(Model, What)>);

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

/// Columns with the values of many rows, whatever they are.
trait Arrayed {
    /// The columns.
    fn arrays(&self) -> ManyArrays<'_>;
}

impl<K: EachColumn<Pg>> Arrayed for K {
    fn arrays(&self) -> ManyArrays<'_> {
        ManyArrays::of(self)
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

    /// `unnest((SELECT ?)) AS k0, unnest((SELECT ?)) AS k1, `
    fn push_arrays(&self, name: &str, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (nth, column) in self.columns.iter().enumerate() {
            out.push_sql("unnest((SELECT ");
            column.push_array(out.reborrow())?;
            out.push_sql(&format!(")) AS {name}{nth}, "));
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
