//! The databases, and the statement that finds out which one a connection talks to.

use diesel::backend::Backend;
use diesel::query_builder::AstPass;
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

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
impl Database {
    /// A name as SQL has it.
    pub(crate) fn quote(self, name: &str) -> String {
        // SQLite would take a name in double quotes for a text, if there is none of it.
        let quote = match self {
            Self::Postgres => "\"",
            Self::Sqlite | Self::Mysql => "`",
        };
        let name = name.replace(quote, &quote.repeat(2));
        format!("{quote}{name}{quote}")
    }

    /// A name with that of its schema, if it has one.
    pub(crate) fn quote_in(self, schema: Option<&str>, name: &str) -> String {
        match schema {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(name)),
            None => self.quote(name),
        }
    }
}

/// A statement that does nothing, and remembers for which database it was written.
#[derive(Debug, Default)]
pub struct DatabaseProbe(Cell<Option<Database>>);

impl DatabaseProbe {
    /// The database, once the statement has been written for it.
    pub(crate) fn answer(&self) -> Option<Database> {
        self.0.get()
    }

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
        impl diesel::query_builder::QueryFragment<$backend> for DatabaseProbe {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                self.walk(<$backend as super::Dialect>::DATABASE, out)
            }
        }
    )*};
}

probe!("sqlite" diesel::sqlite::Sqlite, "postgres" diesel::pg::Pg, "mysql" diesel::mysql::Mysql);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_does_not_end_it() {
        assert_eq!(Database::Postgres.quote("a\"b`"), "\"a\"\"b`\"");
        assert_eq!(Database::Mysql.quote("a\"b`"), "`a\"b```");
        assert_eq!(Database::Sqlite.quote_in(Some("x"), "y"), "`x`.`y`");
    }
}
