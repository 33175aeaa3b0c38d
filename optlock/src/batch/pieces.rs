//! Pieces of statements: the columns of many rows, one after the other.

use crate::columns::{ColumnVisitor, EachColumn, ManyValues};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
#[cfg(feature = "mysql")]
use diesel::sql_types::Unsigned;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Integer, SmallInt, TinyInt};
use std::any::TypeId;
use std::mem;
use std::ops::Range;

/// The names of the columns.
pub(super) fn names<K: EachColumn<DB>, DB: Backend>(columns: &K) -> QueryResult<Vec<&'static str>> {
    let mut names = Names(Vec::new());
    columns.each(&mut names)?;
    Ok(names.0)
}

/// How many columns there are.
pub(super) fn len<K: EachColumn<DB>, DB: Backend>(columns: &K) -> QueryResult<usize> {
    Ok(names::<_, DB>(columns)?.len())
}

/// `a, b`
pub(super) fn push_columns<'b, K, DB>(keys: &'b K, out: AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    push_each(keys, Piece::Name, ", ", out)
}

/// `(a, b) IN ((?, ?), (?, ?), ..)`, in lists that are joined by `OR`. `suffix` follows the name of the last
/// column.
///
/// The lists are short because MariaDB turns one of [1,000 and more][conversion] into a join, which
/// locks the rows in the order of the list. No lists at all, `a = ? OR a = ? ..`, would take MariaDB
/// seconds to plan for 10,000 rows.
///
/// [conversion]: https://mariadb.com/kb/en/conversion-of-big-in-predicates-into-subqueries/
pub(super) fn push_in_lists<'b, K, DB>(
    keys: &'b K,
    suffix: &str,
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
    // All about as long: a last list of one row would make MariaDB read the whole table.
    let list = rows.len().div_ceil(rows.len().div_ceil(LIST).max(1)).max(1);
    for start in rows.clone().step_by(list) {
        out.push_sql(if start == rows.start { "" } else { " OR " });
        out.push_sql(open);
        push_columns(keys, out.reborrow())?;
        out.push_sql(suffix);
        out.push_sql(close);
        out.push_sql(" IN (");
        for row in start..rows.end.min(start + list) {
            out.push_sql(if row == start { "" } else { ", " });
            out.push_sql(open);
            push_values(keys, row, out.reborrow())?;
            out.push_sql(close);
        }
        out.push_sql(")");
    }
    Ok(())
}

/// `?, ?`
pub(super) fn push_values<'b, K, DB>(
    keys: &'b K,
    row: usize,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    push_each(keys, Piece::Value(row), ", ", out)
}

/// `(a = ? AND b = ?) OR (a = ? AND b = ?) ..`
///
/// If they all have one `a`, MariaDB would look the rows up by it alone, and so lock those of other keys. The
/// first key, written once more without an equality, keeps it from that: `.. OR (a IN (?, NULL) AND b IN (?,
/// NULL))`.
pub(super) fn push_or_chain<'b, K, DB>(
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
        push_key(keys, row, out.reborrow())?;
    }
    if rows.len() > 1 && len::<_, DB>(keys)? > 1 {
        out.push_sql(" OR (");
        push_each(keys, Piece::InList(rows.start), " AND ", out.reborrow())?;
        out.push_sql(")");
    }
    Ok(())
}

/// `(a = ? AND b = ?)`
pub(super) fn push_key<'b, K, DB>(
    keys: &'b K,
    row: usize,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    out.push_sql("(");
    push_each(keys, Piece::Comparison(" = ", row), " AND ", out.reborrow())?;
    out.push_sql(")");
    Ok(())
}

/// `IF(version = ?, 1, 0)`, or with MySQL's `<=>`, which finds NULL equal to NULL. In this form the server
/// looks up no row by an index on the version.
#[cfg(feature = "mysql")]
pub(super) fn push_version<'b, E, DB>(
    expected: &'b E,
    equals: &'static str,
    row: usize,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    E: EachColumn<DB>,
{
    out.push_sql("IF(");
    push_each(expected, Piece::Comparison(equals, row), "", out.reborrow())?;
    out.push_sql(", 1, 0)");
    Ok(())
}

fn push_each<'b, K, DB>(
    keys: &'b K,
    piece: Piece,
    between: &'static str,
    out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    K: EachColumn<DB>,
{
    keys.each(&mut Pieces {
        piece,
        before: "",
        between,
        out,
    })
}

/// What is written of each column.
#[derive(Clone, Copy)]
enum Piece {
    /// `a`
    Name,
    /// `?`, the value of a row.
    Value(usize),
    /// `a = ?`, or with another operator.
    Comparison(&'static str, usize),
    /// `a IN (?, NULL)`
    InList(usize),
}

struct Pieces<'p, 'b, DB: Backend> {
    piece: Piece,
    before: &'static str,
    between: &'static str,
    out: AstPass<'p, 'b, DB>,
}

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Pieces<'_, 'b, DB> {
    fn visit<Col, V, Expr>(
        &mut self,
        column: &'b Col,
        values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        Expr: QueryFragment<DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        let out = &mut self.out;
        out.push_sql(mem::replace(&mut self.before, self.between));
        match self.piece {
            Piece::Name => column.walk_ast(out.reborrow()),
            Piece::Value(row) => values.walk(row, out.reborrow()),
            Piece::Comparison(operator, row) => {
                column.walk_ast(out.reborrow())?;
                out.push_sql(operator);
                values.walk(row, out.reborrow())
            }
            Piece::InList(row) => {
                column.walk_ast(out.reborrow())?;
                out.push_sql(" IN (");
                values.walk(row, out.reborrow())?;
                out.push_sql(", NULL)");
                Ok(())
            }
        }
    }
}

/// Are all columns of a type whose values the database compares as Rust does? Not texts, which a
/// collation may call equal, and not what the database calculates.
pub(super) fn are_integers<K: EachColumn<DB>, DB: Backend>(columns: &K) -> QueryResult<bool> {
    let mut integers = Integers(K::are_binds());
    columns.each(&mut integers)?;
    Ok(integers.0)
}

struct Integers(bool);

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Integers {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        _values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        Expr: QueryFragment<DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        let sql_type = TypeId::of::<Col::SqlType>();
        self.0 &= INTEGERS.iter().any(|integer| integer() == sql_type);
        Ok(())
    }
}

const INTEGERS: &[fn() -> TypeId] = &[
    TypeId::of::<Bool>,
    TypeId::of::<TinyInt>,
    TypeId::of::<SmallInt>,
    TypeId::of::<Integer>,
    TypeId::of::<BigInt>,
    #[cfg(feature = "mysql")]
    TypeId::of::<Unsigned<TinyInt>>,
    #[cfg(feature = "mysql")]
    TypeId::of::<Unsigned<SmallInt>>,
    #[cfg(feature = "mysql")]
    TypeId::of::<Unsigned<Integer>>,
    #[cfg(feature = "mysql")]
    TypeId::of::<Unsigned<BigInt>>,
];

struct Names(Vec<&'static str>);

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for Names {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        _values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        Expr: QueryFragment<DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.0.push(Col::NAME);
        Ok(())
    }
}
