//! One column that an `UPDATE` sets.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::{AsExprOf, SqlTypeOf};
use diesel::expression::AsExpression;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::Column;
use diesel::sql_types::SqlType;
use std::marker::PhantomData;

/// `column = expression`. Diesel's own has no [`QueryId`], and so cannot be prepared once.
#[derive(Debug, Clone, Copy)]
pub struct Assignment<Col, Expr> {
    expression: Expr,
    column: PhantomData<Col>,
}

/// The [`Assignment`] of a value that is stored in the column.
pub type Assign<Col, Value> = Assignment<Col, AsExprOf<Value, SqlTypeOf<Col>>>;

/// `column = value`, the stamp of a [touch](crate::VersionedDsl::touch_checked) by hand for example:
/// see [`VersionedChangeset`](crate::VersionedChangeset).
pub fn assign<Col, Value>(value: Value) -> Assign<Col, Value>
where
    Col: Column<SqlType: SqlType>,
    Value: AsExpression<Col::SqlType>,
{
    Assignment::new(value.as_expression())
}

/// An [`Assignment`], or none.
#[derive(Debug, Clone, Copy)]
pub struct OptionalAssignment<Col, Expr>(Option<Assignment<Col, Expr>>);

/// The [`OptionalAssignment`] of a value that is stored in the column.
pub type AssignSome<Col, Value> = OptionalAssignment<Col, AsExprOf<Value, SqlTypeOf<Col>>>;

/// `column = value`, or nothing: the column is left alone where the value is `None`.
pub fn assign_some<Col, Value>(value: Option<Value>) -> AssignSome<Col, Value>
where
    Col: Column<SqlType: SqlType>,
    Value: AsExpression<Col::SqlType>,
{
    OptionalAssignment(value.map(assign))
}

impl<Col, Expr> Assignment<Col, Expr> {
    pub(crate) fn new(expression: Expr) -> Self {
        Self {
            expression,
            column: PhantomData,
        }
    }
}

impl<Col, Expr, DB> QueryFragment<DB> for Assignment<Col, Expr>
where
    DB: Backend,
    Col: Column,
    Expr: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_identifier(Col::NAME)?;
        out.push_sql(" = ");
        self.expression.walk_ast(out)
    }
}

/// [`Assignment`] in Diesel's cache.
#[derive(Debug)]
pub struct AssignmentId<Col, Expr>(PhantomData<(Col, Expr)>);

impl<Col: QueryId, Expr: QueryId> QueryId for Assignment<Col, Expr> {
    type QueryId = AssignmentId<Col::QueryId, Expr::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Col::HAS_STATIC_QUERY_ID && Expr::HAS_STATIC_QUERY_ID;
}

impl<Col, Expr, DB> QueryFragment<DB> for OptionalAssignment<Col, Expr>
where
    DB: Backend,
    Col: Column,
    Expr: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

/// Two texts: found by its text.
impl<Col, Expr> QueryId for OptionalAssignment<Col, Expr> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
