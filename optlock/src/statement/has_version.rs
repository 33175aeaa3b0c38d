//! The condition that makes a write a checked one.

use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::dsl::{Eq, SqlTypeOf};
use diesel::expression::AsExpression;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{ExpressionMethods as _, QueryResult};
use std::fmt;
use std::marker::PhantomData;

/// ` AND (version = expected)`, or ` AND (version IS NULL)` where that is expected. (`version = NULL` is
/// never true.)
pub struct HasVersion<M, Col, Equals> {
    column: Col,
    equals: Equals,
    is_null: bool,
    model: PhantomData<M>,
}

/// The [`HasVersion`] of a model.
pub(super) type HasVersionOf<M> = HasVersion<
    M,
    <M as Versioned>::VersionColumn,
    Eq<<M as Versioned>::VersionColumn, <M as Versioned>::Version>,
>;

pub(super) fn has_version<M>(version: M::Version) -> HasVersionOf<M>
where
    M: Versioned<Version: AsExpression<SqlTypeOf<M::VersionColumn>>>,
{
    HasVersion {
        column: M::VersionColumn::default(),
        is_null: M::Version::NULLABLE && version.is_null(),
        equals: M::VersionColumn::default().eq(version),
        model: PhantomData,
    }
}

impl<M, Col, Equals> fmt::Debug for HasVersion<M, Col, Equals> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HasVersion").finish_non_exhaustive()
    }
}

impl<M, Col, Equals, DB> QueryFragment<DB> for HasVersion<M, Col, Equals>
where
    DB: Backend,
    Col: QueryFragment<DB>,
    Equals: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" AND ");
        if !self.is_null {
            // Diesel puts it in parentheses.
            return self.equals.walk_ast(out);
        }
        out.push_sql("(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IS NULL)");
        Ok(())
    }
}

/// A token that can be NULL has two texts, so that a statement with it is found by its text.
impl<M, Col, Equals> QueryId for HasVersion<M, Col, Equals>
where
    M: Versioned,
    Equals: QueryId,
{
    type QueryId = Equals::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Equals::HAS_STATIC_QUERY_ID && !M::Version::NULLABLE;
}
