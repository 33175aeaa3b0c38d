//! The lock of a database that locks no rows.

use super::erased::Walk;
use crate::backend::{Dialect, Phrase};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;

/// `UPDATE table SET version = version WHERE 1 = 0`: it writes nothing, and takes SQLite's write
/// lock, as `BEGIN IMMEDIATE` would. Another database, which an enum of connections may hold, gets a
/// statement that does nothing: it could refuse that update, for want of a privilege for example.
pub(crate) struct WriteLock<'t, DB: Backend> {
    table: Box<dyn Walk<DB> + 't>,
    column: &'static str,
}

impl<'t, DB: Backend> WriteLock<'t, DB> {
    pub(crate) fn new(table: Box<dyn Walk<DB> + 't>, column: &'static str) -> Self {
        Self { table, column }
    }
}

impl<DB: Dialect> Walk<DB> for WriteLock<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::NoWriteLock, out.reborrow())?;
        out.push_sql("UPDATE ");
        self.table.walk(out.reborrow())?;
        out.push_sql(" SET ");
        out.push_identifier(self.column)?;
        out.push_sql(" = ");
        out.push_identifier(self.column)?;
        out.push_sql(" WHERE 1 = 0");
        Ok(())
    }
}
