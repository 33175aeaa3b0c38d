//! The changeset of a struct whose version Diesel leaves alone.

use super::partial::Assignments;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};

/// Diesel's changeset, and the assignments of the version and the audit stamp if they have
/// `#[diesel(skip_update)]`.
#[derive(Debug)]
pub struct Beside<Set, Own> {
    /// Diesel's.
    pub set: Set,
    /// A tuple of assignments.
    pub beside: Own,
}

impl<Set, Own, DB> QueryFragment<DB> for Beside<Set, Own>
where
    DB: Backend,
    Set: QueryFragment<DB>,
    Own: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.set.is_noop(out.backend())? {
            self.set.walk_ast(out.reborrow())?;
            out.push_sql(", ");
        }
        self.beside.walk_ast(out)
    }
}

/// The version and the stamp are always written.
impl<Set, Own, DB> Assignments<DB> for Beside<Set, Own>
where
    DB: Backend,
    Set: Assignments<DB>,
    Own: Assignments<DB>,
{
    fn walk_some<'b>(
        &'b self,
        is_written: &dyn Fn(usize) -> bool,
        is_first: &mut bool,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.set.walk_some(is_written, is_first, out.reborrow())?;
        self.beside.walk_some(&|_| true, is_first, out)
    }
}
