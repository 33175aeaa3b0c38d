//! A statement's end, within the scope of a model.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use std::marker::PhantomData;

/// A `WHERE`, or a `SELECT` that ends with one, followed by the [condition](crate::scope::Scope) of a
/// model's scope: ` AND (tenant <=> ?)` for example, or nothing.
///
/// Each term of Diesel's `WHERE` is in parentheses, so that the condition binds all of it.
#[derive(Debug, Clone, Copy)]
pub struct Scoped<Q, Condition> {
    query: Q,
    condition: Condition,
}

impl<Q, Condition> Scoped<Q, Condition> {
    pub(crate) fn new(query: Q, condition: Condition) -> Self {
        Self { query, condition }
    }
}

impl<Q, Condition, DB> QueryFragment<DB> for Scoped<Q, Condition>
where
    DB: Backend,
    Q: QueryFragment<DB>,
    Condition: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        self.condition.walk_ast(out)
    }
}

/// [`Scoped`] in Diesel's cache.
#[derive(Debug)]
pub struct ScopedId<Q, Condition>(PhantomData<(Q, Condition)>);

impl<Q: QueryId, Condition: QueryId> QueryId for Scoped<Q, Condition> {
    type QueryId = ScopedId<Q::QueryId, Condition::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID && Condition::HAS_STATIC_QUERY_ID;
}

impl<Q: Query, Condition> Query for Scoped<Q, Condition> {
    type SqlType = Q::SqlType;
}
