//! Triggers for writers that know nothing of optlock.

mod mysql;
mod name;
mod pg;
mod sqlite;
mod token;

pub(crate) use name::short_name;
pub use token::TriggerToken;

use crate::backend::Database;
use crate::shape::{Described, Shape};

/// The SQL of a trigger that advances the version where a writer that knows nothing of optlock leaves it alone or sets it
/// back, so that whoever holds the row gets a conflict. [The chapter](crate::guide::triggers) says when to take it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use diesel::connection::SimpleConnection;
/// use optlock::backend::Database;
///
/// let sql = optlock::trigger_sql::<Contact>(Database::Sqlite);
/// conn.batch_execute(sql.up())?; // or a copy of it in a migration
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// diesel::sql_query("UPDATE contacts SET name = 'Bob'").execute(conn)?; // another program
/// let error = ann.save_checked(conn).unwrap_err();
/// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
/// # Ok(())
/// # }
/// ```
///
/// It needs no connection, and **sends nothing**. optlock's own writes set a higher version, and pass the trigger by. An
/// [audit stamp](crate::Versioned::stamp) of the model that the writer leaves alone is set to the database's time in UTC.
///
/// | the other writer | the version becomes |
/// |---|---|
/// | leaves it alone, or sets it to what it is | 1 more than the row's |
/// | sets it back | 1 more than the row's |
/// | sets it ahead | as it says |
/// | writes the last version of the type | the write is refused, with an error of the database |
///
/// A NULL counts as 0. A trigger of another name stays as it is. The name is
/// `optlock_version_` and the table's, and if that is longer than PostgreSQL keeps, its beginning and a hash.
///
/// It does not compile for a version that is no integer.
pub fn trigger_sql<M>(database: Database) -> TriggerSql
where
    M: Described<Version: TriggerToken>,
{
    TriggerSql::new(&M::shape(), M::Version::MAXIMUM, database)
}

/// What [`trigger_sql`] returns: texts of several statements, for `up.sql` and `down.sql` of a migration, or for
/// `batch_execute`. Each can be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "nothing was sent: put `up` and `down` into a migration, or send them by `batch_execute`"]
pub struct TriggerSql {
    up: String,
    down: String,
    name: String,
    text: String,
    condition: String,
    /// On PostgreSQL.
    function: Option<String>,
}

impl TriggerSql {
    pub(crate) fn new(shape: &Shape, maximum: u64, database: Database) -> Self {
        let trigger = Trigger {
            shape,
            maximum,
            database,
            name: short_name("optlock_version_", &shape.table),
        };
        match database {
            Database::Sqlite => sqlite::sql(trigger),
            Database::Postgres => pg::sql(trigger),
            Database::Mysql => mysql::sql(trigger),
        }
    }

    /// Creates the trigger, in place of the one of the same name, if there is one. On SQLite and PostgreSQL nobody sees the
    /// table without it if the text is sent within a transaction; on MySQL and MariaDB each statement commits.
    pub fn up(&self) -> &str {
        &self.up
    }

    /// Removes the trigger, if it is there.
    pub fn down(&self) -> &str {
        &self.down
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What the database shows of it: SQLite the statement behind `CREATE TRIGGER`, PostgreSQL the body of the function,
    /// MySQL and MariaDB that of the trigger.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// On PostgreSQL it is not in that text.
    pub(crate) fn condition(&self) -> &str {
        &self.condition
    }

    /// Creates the trigger on another table, as SQL names it, which has the columns too: one that inherits from the table.
    pub(crate) fn on(&self, table: &str) -> Option<String> {
        let function = self.function.as_ref()?;
        Some(pg::on(&self.name, table, &self.condition, function))
    }
}

/// A trigger, before it is written for its database.
struct Trigger<'s> {
    shape: &'s Shape,
    maximum: u64,
    database: Database,
    name: String,
}

impl Trigger<'_> {
    fn quote(&self, name: &str) -> String {
        self.database.quote(name)
    }

    /// In the schema of the table.
    fn quoted_name(&self) -> String {
        let schema = self.shape.schema.as_deref();
        self.database.quote_in(schema, &self.name)
    }

    fn table(&self) -> String {
        let schema = self.shape.schema.as_deref();
        self.database.quote_in(schema, &self.shape.table)
    }

    fn version(&self) -> String {
        self.quote(self.shape.version.column)
    }

    /// That the writer has left the version alone, or set it back. A NULL is the oldest version, also where the column
    /// takes none: MariaDB stores a 0 for it with `UPDATE IGNORE`, or where `sql_mode` is not strict.
    fn condition(&self) -> String {
        let version = self.version();
        format!("NEW.{version} IS NULL OR NEW.{version} <= COALESCE(OLD.{version}, 0)")
    }

    /// `old` is the row as it was.
    fn next_version(&self, old: &str) -> String {
        format!("COALESCE({old}.{}, 0) + 1", self.version())
    }
}

/// What the databases say that do not raise an error of their own at the last version.
const EXHAUSTED: &str = "optlock: the version is the last of its type";
