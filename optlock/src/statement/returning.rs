//! A checked update that returns the version which its row has then: the one that the database has made.

use super::erased::Walk;
use super::row::{WalkRow, WalkVersionedRow};
use super::update::CheckedUpdate;
use crate::backend::Dialect;
use crate::text::StatementText;
use diesel::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// What an error of the database says if the row still has the expected version.
pub(crate) const UNMOVED: &str = "optlock: nothing has generated a version after";

/// `UPDATE .. RETURNING version`. If the row still has the expected version, the statement fails, so that its write is
/// undone without a transaction of its own: PostgreSQL has no statement that raises an error, but a text that is no
/// number is one, and is quoted in any language.
pub(crate) struct ReturningVersion<Text, R, Set> {
    update: CheckedUpdate<Text, R, Set>,
    version: &'static str,
}

impl<Text, R, Set> CheckedUpdate<Text, R, Set> {
    /// The query of the version as it is then.
    pub(crate) fn into_query(self, version: &'static str) -> ReturningVersion<Text, R, Set> {
        ReturningVersion {
            update: self,
            version,
        }
    }
}

impl<Text, R, Set, DB> Walk<DB> for ReturningVersion<Text, R, Set>
where
    Text: StatementText,
    R: WalkVersionedRow<DB> + QueryId,
    Set: QueryFragment<DB>,
    DB: Dialect,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.update.walk_ast(out.reborrow())?;
        out.push_sql(" RETURNING ");
        self.walk_version(out.reborrow())?;
        out.push_sql(", CASE WHEN TRUE");
        self.update.row().walk_unmoved(out.reborrow())?;
        out.push_sql(" THEN CAST(concat('");
        out.push_sql(UNMOVED);
        out.push_sql(" ', ");
        self.walk_version(out.reborrow())?;
        out.push_sql(") AS integer) END");
        Ok(())
    }
}

impl<Text, R, Set> ReturningVersion<Text, R, Set> {
    /// The column of the table that is written: another one can be called alike.
    fn walk_version<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        R: WalkRow<DB>,
        DB: Dialect,
    {
        self.update.row().walk_table(out.reborrow())?;
        out.push_sql(".");
        out.push_identifier(self.version)
    }
}
