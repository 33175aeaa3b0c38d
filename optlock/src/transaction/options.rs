//! What a transaction asks of the database when it begins.

use super::opening::{Opening, before_commit};
use crate::backend::{Database, Dialect as _};
use crate::error::Error;
use crate::executes::{Executes, Wire, database_of};
use diesel::result::Error as DieselError;

/// An [`optlock::transaction`](crate::transaction()) that asks for an isolation level, for reading
/// only, or for SQLite's write lock. The names are those of Diesel's transaction builders.
/// [`TransactionDsl::run`](crate::TransactionDsl::run) begins it, by `use optlock::prelude::*;`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// use optlock::TransactionOptions;
///
/// let options = TransactionOptions::new().serializable().immediate();
/// options.run(conn, &mut ann, |conn, ann| {
///     let bob: Contact = contacts::table.find(2).select(Contact::as_select()).first(conn)?;
///     ann.email = bob.email;
///     ann.save_checked(conn)
/// })?;
/// # Ok(())
/// # }
/// ```
///
/// | | PostgreSQL | MySQL, MariaDB | SQLite |
/// |---|---|---|---|
/// | sends | `SET TRANSACTION ..` first in the transaction | `SET TRANSACTION ..` before it | `COMMIT; BEGIN IMMEDIATE` after Diesel's `BEGIN` |
/// | isolation levels | yes | yes | nothing to send: each transaction is serializable |
/// | [`read_only`](Self::read_only) | yes | yes | refused |
/// | [`deferrable`](Self::deferrable) | yes | refused | refused |
/// | [`immediate`](Self::immediate) | nothing to send: rows are locked one by one | the same | yes |
///
/// What is asked for is sent in a statement of its own (on SQLite in two, which never leave the
/// process), and what is not asked for is what the connection is set to. On an enum of connections
/// one more statement finds out which database it is.
///
/// In a test transaction of Diesel (`begin_test_transaction`) the options send nothing, because the test
/// transaction has begun already: the body runs in a savepoint of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "options begin no transaction until you call `run`"]
pub struct TransactionOptions {
    isolation: Option<Isolation>,
    access: Option<Access>,
    deferrable: Option<bool>,
    immediate: bool,
    /// See [`on_newest_rows`](Self::on_newest_rows).
    #[cfg(feature = "fingerprint")]
    newest_rows: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadOnly,
    ReadWrite,
}

impl TransactionOptions {
    /// Asks for nothing: as [`optlock::transaction`](crate::transaction()).
    pub const fn new() -> Self {
        Self {
            isolation: None,
            access: None,
            deferrable: None,
            immediate: false,
            #[cfg(feature = "fingerprint")]
            newest_rows: false,
        }
    }

    /// Each statement sees what is committed when it begins.
    pub const fn read_committed(mut self) -> Self {
        self.isolation = Some(Isolation::ReadCommitted);
        self
    }

    /// All reads see what was committed at the first one. (On MySQL and MariaDB the plain ones do;
    /// writes and locking reads meet the newest rows.)
    pub const fn repeatable_read(mut self) -> Self {
        self.isolation = Some(Isolation::RepeatableRead);
        self
    }

    /// As if all transactions ran one after the other. A rule that spans several rows holds; the
    /// price is that any statement, and the COMMIT, may fail with a serialization failure:
    /// [`retry`](crate::retry()).
    pub const fn serializable(mut self) -> Self {
        self.isolation = Some(Isolation::Serializable);
        self
    }

    /// The database refuses writes. SQLite has no such transactions.
    pub const fn read_only(mut self) -> Self {
        self.access = Some(Access::ReadOnly);
        self
    }

    /// Writes are allowed, although the connection is set to `READ ONLY`.
    pub const fn read_write(mut self) -> Self {
        self.access = Some(Access::ReadWrite);
        self
    }

    /// PostgreSQL: a transaction that is serializable and read-only too waits at its beginning until
    /// it can run without a serialization failure. The other databases have no such thing.
    pub const fn deferrable(mut self) -> Self {
        self.deferrable = Some(true);
        self
    }

    /// Not [`deferrable`](Self::deferrable), although the connection is set to that.
    pub const fn not_deferrable(mut self) -> Self {
        self.deferrable = Some(false);
        self
    }

    /// A transaction that reads first can write afterwards. On SQLite it takes the write lock at its
    /// beginning, waiting for `busy_timeout`; without, it fails with "database is locked" at once if
    /// another connection writes after its first read. The other databases need nothing for it.
    pub const fn immediate(mut self) -> Self {
        self.immediate = true;
        self
    }

    /// Is a lock refused behind the BEGIN? By a transaction that only reads; and where a read fixes what the transaction
    /// sees, by PostgreSQL if the lock had to wait, as the write that it is taken for would be.
    #[cfg(feature = "retry")]
    pub(crate) fn refuses_locks(self, database: Database) -> bool {
        let has_snapshot = matches!(
            self.isolation,
            Some(Isolation::RepeatableRead | Isolation::Serializable)
        );
        self.access == Some(Access::ReadOnly) || has_snapshot && database == Database::Postgres
    }

    /// What opens one transaction: without options, a savepoint if one is open.
    pub(crate) async fn opening_of_one<X: Executes>(
        self,
        conn: &mut Wire<'_, X>,
    ) -> Result<Opening, DieselError> {
        if self == Self::new() {
            return Ok(Opening::default());
        }
        let opening = self.opening(conn, "a transaction with options").await;
        opening.map(|(opening, _)| opening)
    }

    /// Lets what is read behind a lock be what was committed before it. On PostgreSQL a session's REPEATABLE READ has its
    /// snapshot from before it waited for the lock. SQLite has no such snapshot, and MariaDB takes it behind the lock.
    #[cfg(feature = "fingerprint")]
    pub(crate) const fn on_newest_rows(mut self) -> Self {
        self.newest_rows = true;
        self
    }

    /// What opens the outermost transaction, called `what` if it cannot be that; and on which database.
    pub(crate) async fn opening<X: Executes>(
        self,
        conn: &mut Wire<'_, X>,
        what: &'static str,
    ) -> Result<(Opening, Database), DieselError> {
        let is_test = conn.is_test_transaction();
        if !is_test && conn.depth().is_some() {
            return Err(Error::AlreadyInTransaction { what }.into());
        }
        let database = database_of(conn).await;
        let database = database.map_err(|error| before_commit(error, X::Backend::DATABASE))?;
        self.refuse_unsupported(database)?;
        let opening = if is_test {
            Opening::default()
        } else {
            self.opening_on(database)
        };
        Ok((opening, database))
    }

    fn opening_on(self, database: Database) -> Opening {
        let mut opening = Opening::default();
        match database {
            Database::Sqlite => opening.immediate = self.immediate,
            #[cfg(feature = "fingerprint")]
            Database::Postgres if self.newest_rows => {
                opening.first = self.read_committed().set_transaction();
            }
            Database::Postgres => opening.first = self.set_transaction(),
            // Refused inside a transaction. It holds for the next one only.
            Database::Mysql => {
                let known = Self {
                    deferrable: None,
                    ..self
                };
                opening.before = known.set_transaction();
            }
        }
        opening
    }

    fn refuse_unsupported(self, database: Database) -> Result<(), Error> {
        let unsupported = |database, what| Err(Error::Unsupported { database, what });
        let deferrable = "deferrable transactions";
        match database {
            Database::Sqlite if self.access == Some(Access::ReadOnly) => {
                unsupported("SQLite", "read-only transactions")
            }
            Database::Sqlite if self.deferrable == Some(true) => unsupported("SQLite", deferrable),
            Database::Mysql if self.deferrable == Some(true) => {
                unsupported("MySQL or MariaDB", deferrable)
            }
            _ => Ok(()),
        }
    }

    fn set_transaction(self) -> Option<String> {
        let isolation = self.isolation.map(|isolation| match isolation {
            Isolation::ReadCommitted => "ISOLATION LEVEL READ COMMITTED",
            Isolation::RepeatableRead => "ISOLATION LEVEL REPEATABLE READ",
            Isolation::Serializable => "ISOLATION LEVEL SERIALIZABLE",
        });
        let access = self.access.map(|access| match access {
            Access::ReadOnly => "READ ONLY",
            Access::ReadWrite => "READ WRITE",
        });
        let deferrable = self.deferrable.map(|deferrable| match deferrable {
            true => "DEFERRABLE",
            false => "NOT DEFERRABLE",
        });
        let modes: Vec<_> = [isolation, access, deferrable]
            .into_iter()
            .flatten()
            .collect();
        (!modes.is_empty()).then(|| format!("SET TRANSACTION {}", modes.join(", ")))
    }
}
