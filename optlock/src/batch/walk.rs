//! Pieces of statements: the columns of many rows, one after the other.

use crate::columns::{ColumnVisitor, EachColumn};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;
use std::mem;
use std::ops::Range;

/// How many columns there are.
pub(super) fn len<K: EachColumn<DB>, DB: Backend>(keys: &K) -> QueryResult<usize> {
    let mut count = Count(0);
    keys.each(&mut count)?;
    Ok(count.0)
}

/// `a, b`
pub(super) fn walk_columns<'b, K, DB>(keys: &'b K, out: AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    keys.each(&mut Names { before: "", out })
}

/// `(a, b) IN ((?, ?), (?, ?), ..)`, in lists that are joined by `OR`.
///
/// The lists are short because MariaDB turns one of [1,000 and more][conversion] into a join, which
/// locks the rows in the order of the list. No lists at all, `a = ? OR a = ? ..`, would take MariaDB
/// 4 s to plan for 10,000 rows.
///
/// [conversion]: https://mariadb.com/kb/en/conversion-of-big-in-predicates-into-subqueries/
pub(super) fn walk_lists<'b, K, DB>(
    keys: &'b K,
    rows: Range<usize>,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    const LIST: usize = 500;
    let is_row = len::<_, DB>(keys)? > 1;
    let (open, close) = if is_row { ("(", ")") } else { ("", "") };
    for start in rows.clone().step_by(LIST) {
        out.push_sql(if start == rows.start { "" } else { " OR " });
        out.push_sql(open);
        walk_columns(keys, out.reborrow())?;
        out.push_sql(close);
        out.push_sql(" IN (");
        for row in start..rows.end.min(start + LIST) {
            out.push_sql(if row == start { "" } else { ", " });
            out.push_sql(open);
            walk_values(keys, row, out.reborrow())?;
            out.push_sql(close);
        }
        out.push_sql(")");
    }
    Ok(())
}

/// `?, ?`
pub(super) fn walk_values<'b, K, DB>(
    keys: &'b K,
    row: usize,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    let before = "";
    keys.each(&mut RowValues { row, before, out })
}

/// `(a = ? AND b = ?) OR (a = ? AND b = ?) ..`
pub(super) fn walk_alternatives<'b, K, DB>(
    keys: &'b K,
    rows: Range<usize>,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    for row in rows.clone() {
        out.push_sql(if row == rows.start { "" } else { " OR " });
        walk_key(keys, row, out.reborrow())?;
    }
    Ok(())
}

/// `(a = ? AND b = ?)`
pub(super) fn walk_key<'b, K, DB>(
    keys: &'b K,
    row: usize,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    let mut equals = Equals {
        row,
        before: "(",
        operator: " = ",
        out,
    };
    keys.each(&mut equals)?;
    equals.out.push_sql(")");
    Ok(())
}

/// `version <=> ?`, which is MySQL's `=` that finds NULL equal to NULL.
#[cfg(feature = "mysql")]
pub(super) fn walk_version<'b, E, DB>(
    expected: &'b E,
    row: usize,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    E: EachColumn<DB>,
{
    expected.each(&mut Equals {
        row,
        before: "",
        operator: " <=> ",
        out,
    })
}

struct Equals<'p, 'b, DB: Backend> {
    row: usize,
    before: &'static str,
    operator: &'static str,
    out: AstPass<'p, 'b, DB>,
}

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Equals<'_, 'b, DB> {
    fn visit<Col, V>(&mut self, column: &'b Col, values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql(mem::replace(&mut self.before, " AND "));
        column.walk_ast(self.out.reborrow())?;
        self.out.push_sql(self.operator);
        self.out
            .push_bind_param::<Col::SqlType, V>(&values[self.row])
    }
}

struct RowValues<'p, 'b, DB: Backend> {
    row: usize,
    before: &'static str,
    out: AstPass<'p, 'b, DB>,
}

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for RowValues<'_, 'b, DB> {
    fn visit<Col, V>(&mut self, _column: &'b Col, values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql(mem::replace(&mut self.before, ", "));
        self.out
            .push_bind_param::<Col::SqlType, V>(&values[self.row])
    }
}

struct Names<'p, 'b, DB: Backend> {
    before: &'static str,
    out: AstPass<'p, 'b, DB>,
}

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Names<'_, 'b, DB> {
    fn visit<Col, V>(&mut self, column: &'b Col, _values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.out.push_sql(mem::replace(&mut self.before, ", "));
        column.walk_ast(self.out.reborrow())
    }
}

struct Count(usize);

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Count {
    fn visit<Col, V>(&mut self, _column: &'b Col, _values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.0 += 1;
        Ok(())
    }
}
