//! Pieces of statements: the columns of many rows, one after the other.

use crate::columns::{ColumnVisitor, EachColumn, ManyValues};
use diesel::backend::Backend;
use diesel::expression::Expression;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
#[cfg(feature = "mysql")]
use diesel::sql_types::Unsigned;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Integer, SmallInt, TinyInt};
use std::any::TypeId;
use std::ops::Range;

/// A column with the values of many rows, whatever its type: so what is written of it is compiled once.
pub(super) trait AnyColumn<DB: Backend> {
    /// The column's name.
    fn name(&self) -> &'static str;

    /// The database compares the values as Rust does: they are no texts, which a collation may call equal.
    fn is_integer(&self) -> bool;

    /// `table.column`
    fn push_column<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// `?`, the value of a row.
    fn push_value<'b>(&'b self, row: usize, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<Col, V, Expr, DB> AnyColumn<DB> for ManyValues<Col, V, Expr>
where
    DB: Backend + HasSqlType<<Col as Expression>::SqlType>,
    Col: Column<SqlType: 'static> + QueryFragment<DB>,
    V: ToSql<<Col as Expression>::SqlType, DB>,
    Expr: QueryFragment<DB>,
{
    fn name(&self) -> &'static str {
        Col::NAME
    }

    fn is_integer(&self) -> bool {
        is_integer(TypeId::of::<<Col as Expression>::SqlType>())
    }

    fn push_column<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.column().walk_ast(out)
    }

    fn push_value<'b>(&'b self, row: usize, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk(row, out)
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

fn is_integer(sql_type: TypeId) -> bool {
    INTEGERS.iter().any(|integer| integer() == sql_type)
}

/// Columns side by side.
#[allow(missing_debug_implementations)] // nobody else has one
pub struct AnyColumns<'b, DB> {
    columns: Vec<&'b dyn AnyColumn<DB>>,
    are_binds: bool,
}

impl<DB> Clone for AnyColumns<'_, DB> {
    fn clone(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            are_binds: self.are_binds,
        }
    }
}

impl<'b, DB: Backend> AnyColumns<'b, DB> {
    pub(super) fn of(columns: &'b dyn ManyColumns<DB>) -> QueryResult<Self> {
        let mut all = Self {
            columns: Vec::new(),
            are_binds: columns.are_binds(),
        };
        columns.add_to(&mut all)?;
        Ok(all)
    }

    pub(super) fn none() -> Self {
        Self {
            columns: Vec::new(),
            are_binds: false,
        }
    }

    /// These columns, and others behind them.
    pub(super) fn and(&self, others: &Self) -> Self {
        let mut both = self.clone();
        both.columns.extend(&others.columns);
        both.are_binds &= others.are_binds;
        both
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'b dyn AnyColumn<DB>> {
        self.columns.iter().copied()
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Which columns they are is known, and Diesel binds each value as it is.
    pub(super) fn are_binds(&self) -> bool {
        self.are_binds
    }

    /// Are all columns of a type whose values the database compares as Rust does? Not texts, and not what
    /// the database calculates.
    pub(super) fn are_integers(&self) -> bool {
        self.are_binds && self.columns.iter().all(|column| column.is_integer())
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name()).collect()
    }

    /// `a, b`
    pub(super) fn push_columns(&self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.push_each(Piece::Name, ", ", out)
    }

    /// `(a, b) IN ((?, ?), (?, ?), ..)`, in lists that are joined by `OR`. `suffix` follows the name of the last
    /// column.
    ///
    /// The lists are short because MariaDB turns one of [1,000 and more][conversion] into a join, which
    /// locks the rows in the order of the list. No lists at all, `a = ? OR a = ? ..`, would take MariaDB
    /// seconds to plan for 10,000 rows.
    ///
    /// [conversion]: https://mariadb.com/kb/en/conversion-of-big-in-predicates-into-subqueries/
    pub(super) fn push_in_lists(
        &self,
        suffix: &str,
        rows: Range<usize>,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        const LIST: usize = 500;
        let (open, close) = if self.len() > 1 { ("(", ")") } else { ("", "") };
        // All about as long: a last list of one row would make MariaDB read the whole table.
        let list = rows.len().div_ceil(rows.len().div_ceil(LIST).max(1)).max(1);
        for start in rows.clone().step_by(list) {
            out.push_sql(if start == rows.start { "" } else { " OR " });
            out.push_sql(open);
            self.push_columns(out.reborrow())?;
            out.push_sql(suffix);
            out.push_sql(close);
            out.push_sql(" IN (");
            for row in start..rows.end.min(start + list) {
                out.push_sql(if row == start { "" } else { ", " });
                out.push_sql(open);
                self.push_values(row, out.reborrow())?;
                out.push_sql(close);
            }
            out.push_sql(")");
        }
        Ok(())
    }

    /// `?, ?`
    pub(super) fn push_values(&self, row: usize, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.push_each(Piece::Value(row), ", ", out)
    }

    /// `(a = ? AND b = ?) OR (a = ? AND b = ?) ..`
    ///
    /// If they all have one `a`, MariaDB would look the rows up by it alone, and so lock those of other keys. The
    /// first key, written once more without an equality, keeps it from that: `.. OR (a IN (?, NULL) AND b IN (?,
    /// NULL))`.
    pub(super) fn push_or_chain(
        &self,
        rows: Range<usize>,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        for row in rows.clone() {
            out.push_sql(if row == rows.start { "" } else { " OR " });
            self.push_key(row, out.reborrow())?;
        }
        if rows.len() > 1 && self.len() > 1 {
            out.push_sql(" OR (");
            self.push_each(Piece::InList(rows.start), " AND ", out.reborrow())?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// `(a = ? AND b = ?)`
    pub(super) fn push_key(&self, row: usize, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.push_each(Piece::Comparison(" = ", row), " AND ", out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }

    /// `IF(version = ?, 1, 0)`, or with MySQL's `<=>`, which finds NULL equal to NULL. In this form the server
    /// looks up no row by an index on the version.
    pub(super) fn push_version(
        &self,
        equals: &'static str,
        row: usize,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        out.push_sql("IF(");
        self.push_each(Piece::Comparison(equals, row), "", out.reborrow())?;
        out.push_sql(", 1, 0)");
        Ok(())
    }

    fn push_each(
        &self,
        piece: Piece,
        between: &'static str,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        for (position, &column) in self.columns.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { between });
            match piece {
                Piece::Name => column.push_column(out.reborrow())?,
                Piece::Value(row) => column.push_value(row, out.reborrow())?,
                Piece::Comparison(operator, row) => {
                    column.push_column(out.reborrow())?;
                    out.push_sql(operator);
                    column.push_value(row, out.reborrow())?;
                }
                Piece::InList(row) => {
                    column.push_column(out.reborrow())?;
                    out.push_sql(" IN (");
                    column.push_value(row, out.reborrow())?;
                    out.push_sql(", NULL)");
                }
            }
        }
        Ok(())
    }
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

/// Columns with the values of many rows, whatever they are.
pub trait ManyColumns<DB: Backend> {
    /// See [`EachColumn`].
    fn are_binds(&self) -> bool;

    /// Adds each column.
    fn add_to<'b>(&'b self, columns: &mut AnyColumns<'b, DB>) -> QueryResult<()>;
}

impl<K: EachColumn<DB>, DB: Backend> ManyColumns<DB> for K {
    fn are_binds(&self) -> bool {
        K::are_binds()
    }

    fn add_to<'b>(&'b self, columns: &mut AnyColumns<'b, DB>) -> QueryResult<()> {
        self.each(columns)
    }
}

impl<'b, DB: Backend> ColumnVisitor<'b, DB> for AnyColumns<'b, DB> {
    fn visit<Col, V, Expr>(
        &mut self,
        _column: &'b Col,
        values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        Expr: QueryFragment<DB>,
        DB: HasSqlType<Col::SqlType>,
    {
        self.columns.push(values);
        Ok(())
    }
}
