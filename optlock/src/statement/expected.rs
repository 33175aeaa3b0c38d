//! The condition that makes a write a checked one.

use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::dsl::{Eq, SqlTypeOf};
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{ExpressionMethods as _, QueryResult};
use std::fmt;
use std::marker::PhantomData;

/// `version = expected`, or `version IS NULL` where that is expected. (`version = NULL` is never
/// true.)
pub struct HasVersion<M, Col, Equals> {
    column: Col,
    equals: Equals,
    is_null: bool,
    model: PhantomData<M>,
}

/// The [`HasVersion`] of a model.
pub(super) type Expected<M> = HasVersion<
    M,
    <M as Versioned>::VersionColumn,
    Eq<<M as Versioned>::VersionColumn, <M as Versioned>::Version>,
>;

pub(super) fn expected<M>(version: M::Version) -> Expected<M>
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
        if !self.is_null {
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

impl<M, Col, Equals: Expression> Expression for HasVersion<M, Col, Equals> {
    type SqlType = Equals::SqlType;
}

impl<M, Col, Equals, GroupBy> ValidGrouping<GroupBy> for HasVersion<M, Col, Equals>
where
    Equals: ValidGrouping<GroupBy>,
{
    type IsAggregate = Equals::IsAggregate;
}

impl<M, Col, Equals, Source> AppearsOnTable<Source> for HasVersion<M, Col, Equals> where
    Equals: AppearsOnTable<Source>
{
}

impl<M, Col, Equals, Source> SelectableExpression<Source> for HasVersion<M, Col, Equals> where
    Equals: SelectableExpression<Source>
{
}
