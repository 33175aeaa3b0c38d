//! The changeset of a struct whose version Diesel leaves alone.

use super::chosen::Assignments;
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

/// The version and the stamp are written whatever has been chosen.
impl<Set, Own, DB> Assignments<DB> for Beside<Set, Own>
where
    DB: Backend,
    Set: Assignments<DB>,
    Own: Assignments<DB>,
{
    fn walk_chosen<'b>(
        &'b self,
        is_chosen: &dyn Fn(usize) -> bool,
        is_first: &mut bool,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.set.walk_chosen(is_chosen, is_first, out.reborrow())?;
        self.beside.walk_chosen(&|_| true, is_first, out)
    }
}
