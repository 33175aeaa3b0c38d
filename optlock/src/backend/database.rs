//! Which database a connection talks to.

use super::Dialect;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::cell::Cell;

/// One of the databases that optlock knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl Database {
    /// The database that `conn` talks to.
    ///
    /// **Sends** nothing, but on an enum of connections a statement that does nothing: only while it
    /// writes the statement's text does Diesel tell which variant it is for.
    pub(crate) fn of<C: Connection<Backend: Dialect>>(conn: &mut C) -> QueryResult<Self> {
        if let Some(database) = C::Backend::DATABASE {
            return Ok(database);
        }
        let probe = DatabaseProbe::default();
        conn.execute_returning_count(&SendProbe(&probe))?;
        probe.0.get().ok_or_else(|| {
            diesel::result::Error::QueryBuilderError(
                "the connection is of no known database".into(),
            )
        })
    }
}

/// A statement that does nothing, and remembers for which database it was written.
#[derive(Debug, Default)]
pub struct DatabaseProbe(Cell<Option<Database>>);

/// [`DatabaseProbe`], for each [`Dialect`].
struct SendProbe<'p>(&'p DatabaseProbe);

impl<DB: Dialect> QueryFragment<DB> for SendProbe<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_probe(self.0, out)
    }
}

impl QueryId for SendProbe<'_> {
    type QueryId = ();
    // With an id, Diesel would not write the text again.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl DatabaseProbe {
    pub(super) fn walk<DB: Backend>(
        &self,
        database: Option<Database>,
        mut out: AstPass<'_, '_, DB>,
    ) -> QueryResult<()> {
        self.0.set(database);
        out.push_sql(match database {
            // It has no result set that had to be read.
            Some(Database::Mysql) => "DO 1",
            _ => "SELECT 1",
        });
        Ok(())
    }
}

macro_rules! probe {
    ($($feature:literal $backend:ty),*) => {$(
        #[cfg(feature = $feature)]
        impl QueryFragment<$backend> for DatabaseProbe {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                self.walk(<$backend as Dialect>::DATABASE, out)
            }
        }
    )*};
}

probe!("sqlite" diesel::sqlite::Sqlite, "postgres" diesel::pg::Pg, "mysql" diesel::mysql::Mysql);
