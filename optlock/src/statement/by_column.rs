//! A changeset that knows its columns by their names, so that what writes it is compiled once for each type of a
//! value, and not for each column of each model, as Diesel's is.

use super::partial::Assignments;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::{AsExprOf, SqlTypeOf};
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::SqlType;
use std::mem;

/// What a save writes, column by column, in place of Diesel's changeset: derived where each field is one column, and
/// always written.
pub trait SetByColumn<'a, Bound = &'a Self> {
    /// The values, each a `Value`, in nested pairs, `((a, b), (c, d))`, which the compiler searches in few steps however many
    /// there are. Their types name no column.
    type Values;

    /// The columns, in the order of the values: those of Diesel's changeset, and behind them those that it leaves
    /// alone.
    const COLUMNS: &'static [&'static str];

    /// How many Diesel's changeset leaves alone: a version or an audit stamp, which is always written.
    const BESIDE: usize = 0;

    /// The values in memory.
    fn values(&'a self) -> Self::Values;
}

/// The expression of a value in [`SetByColumn::Values`].
#[derive(Debug)]
pub struct Value<Expr>(Expr);

/// The `Value` of a `V` that is stored in the column `Col`.
pub type ValueIn<Col, V> = Value<AsExprOf<V, SqlTypeOf<Col>>>;

/// A `Value` of the type `ST`, whatever its column.
pub fn value<ST, V>(value: V) -> Value<V::Expression>
where
    ST: SqlType + TypedExpressionType,
    V: AsExpression<ST>,
{
    Value(value.as_expression())
}

impl<Expr: QueryId> QueryId for Value<Expr> {
    type QueryId = Expr::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Expr::HAS_STATIC_QUERY_ID;
}

/// Is the text of these values always the same?
pub const fn are_fixed<Values: QueryId>() -> bool {
    Values::HAS_STATIC_QUERY_ID
}

/// `a = ?, b = ?, ..`
#[derive(Debug)]
pub struct ColumnChangeset<Values> {
    columns: &'static [&'static str],
    beside: usize,
    values: Values,
}

impl<Values> ColumnChangeset<Values> {
    pub(super) fn of<'a, M>(model: &'a M) -> Self
    where
        M: SetByColumn<'a, Values = Values>,
    {
        Self {
            columns: M::COLUMNS,
            beside: M::BESIDE,
            values: model.values(),
        }
    }
}

/// The columns of a changeset, while they are written.
#[allow(missing_debug_implementations)] // nobody else has one
pub struct Columns<'w> {
    all: &'static [&'static str],
    next: usize,
    is_written: &'w dyn Fn(usize) -> bool,
    is_first: bool,
}

impl Columns<'_> {
    /// Writes `, column = ` of the next one, and returns whether its value follows.
    fn push_next<DB: Backend>(&mut self, mut out: AstPass<'_, '_, DB>) -> QueryResult<bool> {
        let position = self.next;
        self.next += 1;
        if !(self.is_written)(position) {
            return Ok(false);
        }
        if !mem::take(&mut self.is_first) {
            out.push_sql(", ");
        }
        out.push_identifier(self.all[position])?;
        out.push_sql(" = ");
        Ok(true)
    }
}

/// Values that a statement on the database `DB` can set.
pub trait WalkValues<DB: Backend> {
    /// Writes those of the next columns.
    fn walk<'b>(&'b self, columns: &mut Columns<'_>, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<Expr, DB> WalkValues<DB> for Value<Expr>
where
    DB: Backend,
    Expr: QueryFragment<DB>,
{
    fn walk<'b>(
        &'b self,
        columns: &mut Columns<'_>,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        if columns.push_next(out.reborrow())? {
            self.0.walk_ast(out)
        } else {
            Ok(())
        }
    }
}

impl<A, B, DB> WalkValues<DB> for (A, B)
where
    DB: Backend,
    A: WalkValues<DB>,
    B: WalkValues<DB>,
{
    fn walk<'b>(
        &'b self,
        columns: &mut Columns<'_>,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.0.walk(columns, out.reborrow())?;
        self.1.walk(columns, out)
    }
}

impl<Values, DB> QueryFragment<DB> for ColumnChangeset<Values>
where
    DB: Backend,
    Values: WalkValues<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_some(&|_| true, &mut true, out)
    }
}

impl<Values, DB> Assignments<DB> for ColumnChangeset<Values>
where
    DB: Backend,
    Values: WalkValues<DB>,
{
    fn walk_some<'b>(
        &'b self,
        is_written: &dyn Fn(usize) -> bool,
        is_first: &mut bool,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let beside = self.columns.len() - self.beside;
        let mut columns = Columns {
            all: self.columns,
            next: 0,
            is_written: &|position| position >= beside || is_written(position),
            is_first: *is_first,
        };
        self.values.walk(&mut columns, out)?;
        *is_first = columns.is_first;
        Ok(())
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use diesel::sql_types::{BigInt, Text};
    use diesel::sqlite::Sqlite;

    struct Ann {
        name: String,
        version: i64,
    }

    impl<'a> SetByColumn<'a> for Ann {
        type Values = (
            Value<AsExprOf<&'a String, Text>>,
            Value<AsExprOf<i64, BigInt>>,
        );

        const COLUMNS: &'static [&'static str] = &["name", "version"];
        const BESIDE: usize = 1;

        fn values(&'a self) -> Self::Values {
            (
                value::<Text, _>(&self.name),
                value::<BigInt, _>(self.version),
            )
        }
    }

    /// Writes none of the columns that Diesel's changeset has.
    struct Nothing<Values>(ColumnChangeset<Values>);

    impl<Values: WalkValues<Sqlite>> QueryFragment<Sqlite> for Nothing<Values> {
        fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
            self.0.walk_some(&|_| false, &mut true, out)
        }
    }

    #[test]
    fn what_diesel_leaves_alone_is_always_written() {
        let ann = Ann {
            name: "Ann".to_owned(),
            version: 4,
        };
        let all = ColumnChangeset::of(&ann);
        assert_eq!(
            diesel::debug_query::<Sqlite, _>(&all).to_string(),
            "`name` = ?, `version` = ? -- binds: [\"Ann\", 4]"
        );
        assert_eq!(
            diesel::debug_query::<Sqlite, _>(&Nothing(all)).to_string(),
            "`version` = ? -- binds: [4]"
        );
    }
}
