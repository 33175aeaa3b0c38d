//! The lock of a database that locks no rows.

use crate::backend::{Dialect, Phrase};
use diesel::QueryResult;
use diesel::QuerySource;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::Column;
use std::fmt;
use std::marker::PhantomData;

/// `UPDATE table SET version = version WHERE 1 = 0`: it writes nothing, and takes SQLite's write
/// lock, as `BEGIN IMMEDIATE` would. Another database, which an enum of connections may hold, gets a
/// statement that does nothing: it could refuse that update, for want of a privilege for example.
pub struct WriteLock<T: QuerySource, Col> {
    table: T::FromClause,
    column: PhantomData<Col>,
}

impl<T: QuerySource + Default, Col> WriteLock<T, Col> {
    pub(crate) fn new() -> Self {
        Self {
            table: T::default().from_clause(),
            column: PhantomData,
        }
    }
}

impl<T, Col, DB> QueryFragment<DB> for WriteLock<T, Col>
where
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Col: Column,
    DB: Dialect,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::NoWriteLock, out.reborrow())?;
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        out.push_identifier(Col::NAME)?;
        out.push_sql(" = ");
        out.push_identifier(Col::NAME)?;
        out.push_sql(" WHERE 1 = 0");
        Ok(())
    }
}

/// [`WriteLock`] in Diesel's cache.
#[derive(Debug)]
pub struct WriteLockId<T, Col>(PhantomData<(T, Col)>);

impl<T: QuerySource + QueryId, Col: QueryId> QueryId for WriteLock<T, Col> {
    type QueryId = WriteLockId<T::QueryId, Col::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID && Col::HAS_STATIC_QUERY_ID;
}

impl<T: QuerySource, Col> fmt::Debug for WriteLock<T, Col> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteLock").finish_non_exhaustive()
    }
}
