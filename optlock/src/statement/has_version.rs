//! The condition that makes a write a checked one.

use crate::scope::BothConditions;
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::{AsExprOf, SqlTypeOf};
use diesel::expression::AsExpression;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use std::fmt;
use std::marker::PhantomData;

/// ` AND (version = expected)`, or ` AND (version IS NULL)` where that is expected. (`version = NULL` is
/// never true.)
pub struct HasVersion<M, Col, Expr> {
    column: Col,
    expected: Expr,
    is_null: bool,
    model: PhantomData<M>,
}

/// The [`HasVersion`] of a model.
pub(super) type HasVersionOf<M> = HasVersion<
    M,
    <M as Versioned>::VersionColumn,
    AsExprOf<<M as Versioned>::Version, SqlTypeOf<<M as Versioned>::VersionColumn>>,
>;

pub(super) fn has_version<M>(version: M::Version) -> HasVersionOf<M>
where
    M: Versioned<Version: AsExpression<SqlTypeOf<M::VersionColumn>>>,
{
    HasVersion {
        column: M::VersionColumn::default(),
        is_null: M::Version::NULLABLE && version.is_null(),
        expected: version.as_expression(),
        model: PhantomData,
    }
}

impl<M, Col, Expr> fmt::Debug for HasVersion<M, Col, Expr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HasVersion").finish_non_exhaustive()
    }
}

impl<M, Col, Expr, DB> QueryFragment<DB> for HasVersion<M, Col, Expr>
where
    DB: Backend,
    Col: QueryFragment<DB>,
    Expr: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" AND (");
        self.column.walk_ast(out.reborrow())?;
        if self.is_null {
            out.push_sql(" IS NULL");
        } else {
            out.push_sql(" = ");
            self.expected.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// The conditions of a row, of which one is the version.
pub(crate) trait WithVersionCondition<DB: Backend> {
    /// Writes ` AND (..)`: the row still has the expected version, or NULL where that is none.
    fn walk_unmoved<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<M, Col, Expr, C, DB> WithVersionCondition<DB> for BothConditions<HasVersion<M, Col, Expr>, C>
where
    M: Versioned,
    DB: Backend,
    Col: QueryFragment<DB>,
    Expr: QueryFragment<DB>,
{
    fn walk_unmoved<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        if !M::Version::NULLABLE {
            out.push_sql(" OR ");
            self.0.column.walk_ast(out.reborrow())?;
            out.push_sql(" IS NULL");
        }
        Ok(())
    }
}

/// A token that can be NULL has two texts, so that a statement with it is found by its text.
impl<M, Col, Expr> QueryId for HasVersion<M, Col, Expr>
where
    M: Versioned,
    Col: QueryId,
    Expr: QueryId,
{
    type QueryId = (Col::QueryId, Expr::QueryId);
    const HAS_STATIC_QUERY_ID: bool =
        Col::HAS_STATIC_QUERY_ID && Expr::HAS_STATIC_QUERY_ID && !M::Version::NULLABLE;
}
