//! What the databases differ in, as far as cases depend on it. Each is declared once, as
//! `CAPABILITIES` and `SQL` of its module.

use diesel::result::DatabaseErrorKind;
use optlock::backend::Database;

/// What a database can do, and how it does what all of them do.
#[derive(Debug)]
pub struct Capabilities {
    /// `sqlite`, `postgres` or `mysql`: its folder in `migrations`, and what a list of cases calls it.
    pub name: &'static str,
    /// The database, as optlock names it.
    pub database: Database,

    /// Locks of single rows. Without them the first write locks the whole database, and nobody
    /// commits a write while a transaction reads.
    pub locks_rows: Capability,
    /// Transactions of several isolation levels, and read-only ones.
    pub isolation_levels: Capability,
    /// Ends a transaction whose write meets a row newer than its snapshot. The SQL makes a session
    /// do that.
    pub aborts_on_newer: Capability<&'static str>,
    /// Constraints that are checked at COMMIT.
    pub deferred_constraints: Capability,
    /// Refuses a write without an error. The SQL makes triggers that let the writes of Bob's row
    /// through, and no others.
    pub refuses_silently: Capability<&'static str>,
    /// A statement whose error ends the transaction, and the text of that error.
    pub ends_transaction: Capability<(&'static str, &'static str)>,
    /// After a panic in it a transaction is rolled back, and the connection goes on.
    pub rolls_back_panics: Capability,
    /// A panic in a statement is a panic of the thread that sends it.
    pub panics_where_it_is_sent: Capability,
    /// A user's enum of connections.
    pub multi_connection: Capability,

    /// In a transaction a plain read may show an older row than a write meets.
    pub reads_old_rows: bool,
    /// An error that ends a transaction ends it back to the last savepoint only.
    pub aborts_to_savepoint: bool,
    /// How a transaction asks, before its COMMIT, whether it is still there.
    pub transaction_check: TransactionCheck,
    /// A BEGIN in a transaction commits it or does nothing, and is no error.
    pub begins_twice: bool,
    /// Outside of a transaction a batch is one statement, and needs no transaction of its own.
    pub batch_is_one_statement: bool,
    /// How many statements of batches Diesel keeps. None where each has the length of its batch.
    pub kept_batch_statements: i64,
    /// How often a race begins that only chance decides.
    pub rounds: usize,
    /// An error of a trigger may have a hint.
    pub errors_have_hints: bool,
    /// The kind that Diesel gives the violation of a CHECK.
    pub check_violation: DatabaseErrorKind,
}

/// How a transaction asks, before its COMMIT, whether it is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionCheck {
    /// It need not ask: a COMMIT without a transaction fails.
    NotNeeded,
    /// By a statement whose error also tells that nothing was committed.
    Statement,
    /// By a savepoint of its beginning, which is gone with the transaction.
    Savepoint,
}

/// A database has it, or lacks it for a reason.
#[derive(Debug, Clone, Copy)]
pub enum Capability<T = ()> {
    Has(T),
    Lacks(&'static str),
}

impl<T> Capability<T> {
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Has(_))
    }
}

/// Returns what a case needs to run. If the database lacks it, prints why the case is skipped, which
/// `cargo test -- --show-output` shows.
///
/// ```text
/// let Some(()) = require(CAPABILITIES.locks_rows) else {
///     return;
/// };
/// ```
pub fn require<T>(capability: Capability<T>) -> Option<T> {
    match capability {
        Capability::Has(it) => Some(it),
        Capability::Lacks(why) => {
            let case = std::thread::current();
            let case = case.name().unwrap_or("a case");
            eprintln!("skipped: {case}: {why}");
            None
        }
    }
}

/// How a database spells what all of them have.
#[derive(Debug)]
pub struct Spelling {
    /// Makes a session give up at once when it meets a lock.
    pub impatient: &'static str,
    /// A column of 32 bit floats.
    pub float: &'static str,
    /// A column of bytes.
    pub bytes: &'static str,
    /// A column of the 16 bytes of a UUID.
    pub uuid_bytes: &'static str,
    /// A column of timestamps with microseconds.
    pub timestamp: &'static str,
    /// A column that takes 'amy' and 'AMY' for one, and what has to be there before.
    pub caseless: &'static str,
    pub before_caseless: Option<&'static str>,
    /// What optlock writes between a column and a bind to compare them, NULL included.
    pub same: &'static str,
    /// Makes a session look up each row of a batch in the order of the batch, as in a large table.
    pub batch_order: Option<&'static str>,
    /// A trigger that trims the names of contacts.
    pub trim_names: &'static str,
    /// A trigger by which each update of a contact fails with these words.
    pub raise: fn(&str) -> String,
}
