//! Which database a connection talks to.

use super::{Executes, Wire};
use crate::backend::{Database, DatabaseProbe, Dialect};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};

/// The database that `conn` talks to.
///
/// **Sends** nothing, but on an enum of connections a statement that does nothing: only while it
/// writes the statement's text does Diesel tell which variant it is for.
pub(crate) async fn database_of<X: Executes>(conn: &mut Wire<'_, X>) -> QueryResult<Database> {
    if let Some(database) = X::Backend::DATABASE {
        return Ok(database);
    }
    let probe = DatabaseProbe::default();
    conn.execute(ProbeStatement(&probe)).await?;
    let unknown =
        || DieselError::QueryBuilderError("the connection is of no known database".into());
    probe.answer().ok_or_else(unknown)
}

/// [`DatabaseProbe`], for each [`Dialect`].
struct ProbeStatement<'p>(&'p DatabaseProbe);

impl<DB: Dialect> QueryFragment<DB> for ProbeStatement<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_probe(self.0, out)
    }
}

impl QueryId for ProbeStatement<'_> {
    type QueryId = ();
    // With an id, Diesel would not write the text again.
    const HAS_STATIC_QUERY_ID: bool = false;
}
