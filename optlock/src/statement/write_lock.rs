//! The lock of a database that locks no rows.

use super::erased::Walk;
use crate::backend::{Dialect, Phrase};
use diesel::QueryResult;
use diesel::QuerySource;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::Column;
use std::marker::PhantomData;

/// `UPDATE table SET version = version WHERE 1 = 0`: it writes nothing, and takes SQLite's write
/// lock, as `BEGIN IMMEDIATE` would. Another database, which an enum of connections may hold, gets a
/// statement that does nothing: it could refuse that update, for want of a privilege for example.
pub(crate) struct WriteLock<T: QuerySource, Col> {
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

impl<T, Col, DB> Walk<DB> for WriteLock<T, Col>
where
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Col: Column,
    DB: Dialect,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
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
