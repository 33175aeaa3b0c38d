//! The operations on a slice of values.

use crate::error::Error;
use crate::methods;
use crate::versioned::Versioned;

/// The operations on a slice of versioned values, on the connection `Conn`. (A `Vec` has them too.)
///
/// | method | what it sends |
/// |---|---|
/// | [`save_all_checked`](Self::save_all_checked) | few statements for any number of rows |
/// | [`delete_all_checked`](Self::delete_all_checked) | the same |
/// | [`save_each_checked`](Self::save_each_checked) | a single checked save for each row |
///
/// "All" is all or nothing, "each" is as many as possible. For more rows than one transaction should hold there is
/// [`Chunks`](crate::Chunks).
///
/// # What a batch sends
///
/// | database | the statements of a batch |
/// |---|---|
/// | PostgreSQL | one, of a text that does not depend on the number of rows (each column is an array), and so prepared once: it locks the rows in the order of their keys, and writes them if each has the expected version; otherwise it returns those that have not |
/// | MySQL, MariaDB | for a composite key or a scope `SHOW INDEX FROM table`; in a transaction `SELECT COUNT(*) .. GROUP BY key ORDER BY key FOR UPDATE`, then an `UPDATE` for each 256 rows, or a `DELETE` for each 1,024 (fastest where the key is one integer, and the version too) |
/// | SQLite | in a transaction the single `UPDATE` or `DELETE`, prepared once, for each row; before an `UPDATE` by a key that is no integer, `SELECT version` for each row |
///
/// In an open transaction there is a savepoint around it, on each database. **A transaction that a raw
/// `BEGIN` has opened does not count**, because Diesel does not know of it: MySQL and MariaDB commit it
/// when the batch begins its own, PostgreSQL (with the slower form) when the batch commits, and SQLite
/// refuses the batch.
///
/// **A table without transactions** (MySQL's and MariaDB's Aria and MyISAM): a batch that fails has written
/// some of its rows, which the error may list as conflicts, and nothing takes them back. There is no lost update, but no all or
/// nothing either; load the rows again.
///
/// The rows are locked in one order, so that two batches never wait for each other. (On MySQL and
/// MariaDB that holds for up to 30,000 rows, of a composite key for up to 10,000, which is what one
/// statement can lock. Beyond, two batches can meet in a deadlock, which is
/// [transient](Error::is_transient).)
///
/// No other rows are locked. On MySQL and MariaDB, which lock all rows that they read, the key needs an index
/// for that, and the server is told to use it: by `sql_safe_updates` for the one statement, and, for a model with a
/// [scope](crate::guide::scope) or a composite key, by `FORCE INDEX`. The name of the index is asked for before, by `SHOW
/// INDEX FROM table`. (A view has no index, and one that begins with a column of the scope that can be NULL is not
/// used: without another one, other rows may be locked there.)
///
/// **A composite key with a text in it is slow to lock on MariaDB where many rows begin alike** (all of one
/// tenant): the server plans the lock in a time that grows with the square of the rows, a quarter of a second for
/// 1,000 rows, a second for 2,000, many seconds for 4,000. Save such rows in batches of a few hundred, or make the
/// tenant a [scope](crate::guide::scope): then 10,000 rows take half a second.
///
/// **A slower form, right too**, is taken where the fast one does not fit: in a transaction the lock, and
/// then the single statement for each row. These are models in which `None` leaves a column alone, those
/// with embedded structs, and those with a type of which Diesel makes more than a bind (`lower(?)`, an
/// encryption), on each database; models with an array column, on PostgreSQL; keys without an
/// index, on MySQL and MariaDB; and all models, on the enum of `#[derive(MultiConnection)]`.
///
/// On MySQL and MariaDB, two or three rows whose keys are integers are written by their single statements in the order of their
/// keys, and the texts that lock or delete up to ten rows are kept prepared, as lists of ten that name their last key again.
///
/// **Two keys that are one to the database** ('amy' and 'AMY', where it ignores the case) are never both
/// written: the batch is a conflict, or [`Error::DuplicateKey`]. Keys of integers cost nothing for it, so **do
/// not let a type of your own store two keys as one integer**: both are then saved, one over the other.
///
/// **Rows of several [scopes](crate::guide::scope)** take the slower form, and the version of each is read
/// before the first is written.
///
/// **Rows that others take with them** (`ON DELETE CASCADE` to the same table) may be in a batch of deletes
/// beside them, in any order. SQLite, MySQL and MariaDB then do it several times: the first attempt finds that
/// a row is gone, and after a rollback the version of each row is compared and they are deleted one by one,
/// in an order in which each is there when its turn comes. That is found at once if parents come before their
/// children, and costs up to as many attempts as the tree is deep if they come in any order. Rows of which there is no
/// such order are [`Error::Refused`]: those that take each other with them in a circle, and those whose version
/// a trigger moves on when another one is deleted. On MySQL and MariaDB one `DELETE` goes in the order of the
/// keys: rows that refer to each other without a cascade, and chains of more than the
/// [15 cascades][cascades] that the server follows, are an error there; delete them one by one.
///
/// [cascades]: https://dev.mysql.com/doc/refman/8.4/en/ansi-diff-foreign-keys.html
///
/// **A lock is needed for a delete too**, so on PostgreSQL, MySQL and MariaDB `delete_all_checked` needs what
/// `SELECT .. FOR UPDATE` needs: the privilege to `UPDATE`. Where on PostgreSQL a row-level policy allows
/// the role to delete a row and not to update it, the lock finds no row: the rows are then deleted one
/// by one, unlocked, so that two such batches can meet in a deadlock.
///
/// **A key of the type `CHAR(n)`**, on PostgreSQL, is loaded with spaces, and then found neither by a batch nor
/// by a single save nor by Diesel's `find`: to the `text` that is sent they count, and to the column they
/// do not. The row seems to be gone. Declare the column as `VARCHAR(n)` or `TEXT`, or trim the key.
///
/// On PostgreSQL a batch is an error, in which nothing is written, for a table with a `DO ALSO` rule, a
/// view with a `DO INSTEAD` rule or with `GROUP BY`, and under a `BEFORE` trigger that writes other
/// rows of the same batch: use [`save_each_checked`](Self::save_each_checked) there.
/// Where a trigger or a policy refuses a row, the server's log has an error, "invalid input syntax for type bigint", by
/// which the statement takes back what it has written. On MySQL and MariaDB the
/// values of 256 rows together must fit into the server's `max_allowed_packet`.
///
/// # A conflict
///
/// One statement more reads the versions of all losers, after the batch was rolled back: on PostgreSQL of any number of them; on
/// SQLite, MySQL and MariaDB by `SELECT 0, version FROM t WHERE key UNION ALL SELECT 1, ..`, for each 256. (Where a write of many
/// rows says only that it has missed some, as on MySQL and MariaDB, the versions of all its rows are read.) In a transaction
/// the rows are locked by it on MySQL and MariaDB, as those of a single conflict are. On the enum of `#[derive(MultiConnection)]`, and
/// for a key on PostgreSQL of which there is no array, each loser is read by itself. Behind a proxy that sends reads to
/// replicas, a list of losers can name wrong ones on MySQL and MariaDB: run batches in a transaction there.
///
/// # PostgreSQL keeps its plan
///
/// From the sixth batch of a connection on, the server plans no batch anew, of whatever length. It looks rows up by their
/// key, unless the table **was empty, and known to be so, when it planned**: then it reads the whole table for each row until statistics
/// are gathered. After a bulk load into a new or truncated table, `ANALYZE` it.
pub trait VersionedSliceDsl<M, Conn> {
    /// Saves all values whose rows have the version in memory, or none.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
    /// let mut bob = all[1].clone();
    /// bob.name = "Bob A.".to_owned();
    /// bob.save_checked(conn)?; // another client
    ///
    /// for contact in &mut all {
    ///     contact.name.make_ascii_uppercase();
    /// }
    /// let error = all.save_all_checked(conn).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "conflict in 1 of 2 rows, so the batch was given up: \
    ///      contacts 2 was changed: expected version 1, found 2"
    /// );
    ///
    /// // One way on: leave those rows out, and save the others.
    /// let optlock::Error::BatchConflict(conflict) = error else { return Err(error) };
    /// for (index, _) in conflict.conflicts().iter().rev() {
    ///     all.remove(*index);
    /// }
    /// all.save_all_checked(conn)?;
    /// assert_eq!((all[0].name.as_str(), all[0].version), ("ANN", 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** the statements that [`VersionedSliceDsl`] lists. An empty slice sends nothing, and a value
    /// that changes nothing (a struct of optional fields that are all `None`) takes no part. After a
    /// conflict, what [the losers have](VersionedSliceDsl#a-conflict).
    ///
    /// **In memory** the versions and the audit stamps move on when all rows are written, and committed
    /// if no transaction was open. Else, whatever happened (conflict, database error, panic), nothing
    /// changes. Inside a transaction that is rolled back later, memory is one version ahead of the
    /// rows: use [`optlock::transaction`](crate::transaction()).
    ///
    /// # Errors
    ///
    /// - [`Error::BatchConflict`]: another client changed or deleted rows. It lists all of them.
    /// - [`Error::DuplicateKey`]: two values have one key; [`Error::VersionExhausted`]: a version has
    ///   no next one. Nothing was sent (but for two keys that only the database calls equal).
    /// - [`Error::Refused`], [`Error::KeyNotUnique`], [`Error::NotGenerated`]: as of a single save, the first one.
    /// - [`Error::ConnectionLost`]: nothing has landed.
    /// - [`Error::OutcomeUnknown`]: outside of a transaction the connection was lost during the COMMIT, or on
    ///   PostgreSQL during the one statement that is all.
    /// - [`Error::Database`]: any other error. A serialization failure or a deadlock of MySQL and
    ///   MariaDB, which do not name a row, are [conflicts](Error::is_conflict) and
    ///   [transient](Error::is_transient).
    fn save_all_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        M: methods::SaveAll<Conn>;

    /// Deletes all rows that have the version in memory, or none.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
    /// all[1].delete_checked(conn)?; // another client
    ///
    /// let error = all.delete_all_checked(conn).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "conflict in 1 of 2 rows, so the batch was given up: \
    ///      contacts 2 is gone: expected version 1, found no row"
    /// );
    /// all[..1].delete_all_checked(conn)?;
    /// # assert_eq!(contacts::table.count().get_result(conn), Ok(0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** the statements that [`VersionedSliceDsl`] lists. **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// As [`save_all_checked`](Self::save_all_checked). A row that is gone already is a conflict, as
    /// it is for [`delete_checked`](crate::VersionedDsl::delete_checked).
    fn delete_all_checked(&self, conn: &mut Conn) -> Result<(), Error>
    where
        M: methods::DeleteAll<Conn>;

    /// Saves each value whose row has the version in memory, whatever becomes of the others, and
    /// returns a result for each, in their order.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
    /// all[1].delete_checked(conn)?; // another client
    ///
    /// let saved = all.save_each_checked(conn);
    /// assert!(saved[0].is_ok());
    /// assert!(saved[1].as_ref().is_err_and(|error| error.is_missing()));
    /// assert_eq!([all[0].version, all[1].version], [2, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** a [`save_checked`](crate::VersionedDsl::save_checked) for each value, each of which
    /// commits by itself. Inside a transaction each has a savepoint of its own, because on
    /// PostgreSQL an error (a violated constraint) would otherwise abort the transaction for the
    /// others; and there is one around them all, which is asked after each error. If it is gone, the
    /// database has ended the whole transaction (MySQL and MariaDB after a deadlock, SQLite after a
    /// trigger's `RAISE(ROLLBACK)`): the values that follow are then not sent, and each is a conflict
    /// with [`Found::TransactionAborted`](crate::Found::TransactionAborted). (A transaction that a raw
    /// `BEGIN` has opened is not seen, as Diesel does not see it.) For a batch that should be fast, there is [`save_all_checked`](Self::save_all_checked).
    ///
    /// **In memory** each value is as after a [`save_checked`](crate::VersionedDsl::save_checked) with its
    /// result.
    #[must_use = "each value has a result of its own, which may be a conflict"]
    fn save_each_checked(&mut self, conn: &mut Conn) -> Vec<Result<(), Error>>
    where
        M: methods::SaveEach<Conn>;
}

impl<M: Versioned, Conn> VersionedSliceDsl<M, Conn> for [M] {
    fn save_all_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        M: methods::SaveAll<Conn>,
    {
        M::save_all_checked(self, conn)
    }

    fn delete_all_checked(&self, conn: &mut Conn) -> Result<(), Error>
    where
        M: methods::DeleteAll<Conn>,
    {
        M::delete_all_checked(self, conn)
    }

    fn save_each_checked(&mut self, conn: &mut Conn) -> Vec<Result<(), Error>>
    where
        M: methods::SaveEach<Conn>,
    {
        M::save_each_checked(self, conn)
    }
}
