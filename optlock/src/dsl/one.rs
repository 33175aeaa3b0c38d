//! The operations on one value.

use crate::diff::Field;
use crate::error::Error;
use crate::methods;
use crate::operation::{Outcome, Refreshed, Upserted};
use crate::versioned::Versioned;

/// The operations on a versioned value, on the connection `Conn`.
///
/// "expected" is the version **in the struct**: the one that the value was loaded with, or that a
/// form or an `If-Match` header carried.
///
/// | method | statement when all goes well |
/// |---|---|
/// | [`save_checked`](Self::save_checked), [`save_or_load`](Self::save_or_load), [`save_or_load_as`](Self::save_or_load_as) | `UPDATE t SET <changeset>, version = next WHERE key AND version = expected` |
/// | [`save_merged`](Self::save_merged) | the same; after a conflict a `SELECT` and another one |
/// | [`touch_checked`](Self::touch_checked) | `UPDATE t SET version = next WHERE key AND version = expected` |
/// | [`upsert_checked`](Self::upsert_checked) | `INSERT INTO t (..) VALUES (..)`, or the `UPDATE` of a save |
/// | [`delete_checked`](Self::delete_checked) | `DELETE FROM t WHERE key AND version = expected` |
/// | [`check_current`](Self::check_current) | `SELECT version FROM t WHERE key` |
/// | [`lock_checked`](Self::lock_checked) | the same, with the database's lock |
/// | [`load_current`](Self::load_current), [`load_current_as`](Self::load_current_as), [`refresh`](Self::refresh) | `SELECT .. FROM t WHERE key` |
/// | [`force_save`](Self::force_save) | `SELECT version FROM t WHERE key`, and the `UPDATE` of a save at that version |
/// | [`force_delete`](Self::force_delete) | `DELETE FROM t WHERE key` |
///
/// In each of them the condition of the model's [scope](crate::guide::scope), if it has one, follows
/// `key`: for the model, a row out of scope does not exist.
///
/// Diesel prepares each of them once per connection. The save of a struct in which `None` leaves columns
/// alone, or with embedded structs, has many texts and is prepared each time. Where a version is NULL in
/// memory, `version IS NULL` takes the place of `version = expected`.
///
/// Only when a write matches no row, a second statement reads why: `SELECT version FROM t WHERE key`. If
/// the row has the expected version in another spelling, as a UUID in a column of text can have
/// ([`is_same_text`](crate::VersionToken::is_same_text)), the write is sent once more with the spelling of
/// the row. On MySQL and MariaDB a plain read inside a transaction can be older than the row that the
/// write saw, so there the read has `LOCK IN SHARE MODE`. The same read follows, outside of Diesel's
/// transactions, a plain read that shows no row: a raw `BEGIN` may have opened a transaction before the
/// row was inserted.
///
/// Each is right under every isolation level: [what a loser gets](crate::guide::isolation).
pub trait VersionedDsl<Conn>: Sized {
    /// Saves the value if the row still has the version in memory.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut mine: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut theirs = mine.clone();
    ///
    /// theirs.email = None;
    /// theirs.save_checked(conn)?;
    /// assert_eq!(theirs.version, 2);
    ///
    /// mine.name = "Ann B.".to_owned();
    /// let error = mine.save_checked(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
    /// assert_eq!(mine.version, 1); // so that a second save is refused as well
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `UPDATE t SET <changeset>, version = next WHERE key AND version = expected`. A
    /// value that changes nothing (a struct of optional fields that are all `None`) sends
    /// nothing and is `Ok`. A struct of key and version alone advances the version. If the database makes the version, it
    /// is not set, and read in the write's own statement or transaction: see [generated
    /// versions](crate::guide::generated_versions).
    ///
    /// **In memory** the version and the audit stamp advance if the row was written. Otherwise
    /// (conflict, database error, panic) nothing changes. Inside a transaction that
    /// is rolled back later, memory is one version ahead of the row: use
    /// [`optlock::transaction`](crate::transaction()).
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: another client changed or deleted the row. A row that is
    ///   gone is not inserted again.
    /// - [`Error::Refused`], [`Error::VersionExhausted`], [`Error::KeyNotUnique`], [`Error::NotGenerated`].
    /// - [`Error::OutcomeUnknown`], [`Error::ConnectionLost`]: the connection was lost; of the first,
    ///   [`attempt_of`](crate::MakeAttempt::attempt_of) finds out what became of the save.
    /// - [`Error::Database`]: any other error, a violated constraint for example.
    fn save_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::Save<Conn>,
    {
        methods::Save::save_checked(self, conn)
    }

    /// Saves like [`save_checked`](Self::save_checked), but returns a conflict as a value, with the row
    /// as it is now.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let mut mine: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # let mut theirs = mine.clone();
    /// # theirs.email = None;
    /// # theirs.save_checked(conn)?;
    /// use optlock::Outcome;
    ///
    /// mine.name = "Ann B.".to_owned();
    /// match mine.save_or_load(conn)? {
    ///     Outcome::Saved => println!("saved"),
    ///     Outcome::Changed(theirs) => println!("another client has changed it to {theirs:?}"),
    ///     Outcome::Missing => println!("deleted"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** the same `UPDATE`, and after a conflict `SELECT version, .. FROM t WHERE key`; on MySQL and
    /// MariaDB, inside a transaction, with `FOR UPDATE`, for the reason that [`VersionedDsl`] gives and
    /// because a save will follow.
    ///
    /// **In memory** as [`save_checked`](Self::save_checked): the loaded row does not replace
    /// `self`.
    ///
    /// # Errors
    ///
    /// As [`save_checked`](Self::save_checked). [`Error::ConcurrentModification`] remains where the
    /// row cannot be read: [`Found::TransactionAborted`](crate::Found::TransactionAborted) and
    /// [`Found::Unknown`](crate::Found::Unknown).
    fn save_or_load(&mut self, conn: &mut Conn) -> Result<Outcome<Self>, Error>
    where
        Self: methods::SaveOrLoad<Conn>,
    {
        methods::SaveOrLoad::save_or_load(self, conn)
    }

    /// Like [`save_or_load`](Self::save_or_load), and after a conflict loads the row as another struct
    /// of the same table: a partial struct, or one that borrows, loads the whole row.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// use optlock::Outcome;
    ///
    /// #[derive(Identifiable, AsChangeset, Versioned)]
    /// #[diesel(table_name = contacts)]
    /// struct Rename<'a> {
    ///     id: i32,
    ///     name: &'a str,
    ///     version: i64,
    /// }
    ///
    /// # diesel::update(contacts::table).set((contacts::email.eq("ab@example.org"), contacts::version.eq(2))).execute(conn)?;
    /// // .. another client has saved another address ..
    /// let mut rename = Rename { id: 1, name: "Ann B.", version: 1 };
    /// let Outcome::Changed(theirs) = rename.save_or_load_as::<Contact>(conn)? else {
    ///     panic!("another client was first")
    /// };
    /// assert_eq!((theirs.email.as_deref(), theirs.version), (Some("ab@example.org"), 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends**, **in memory**: as [`save_or_load`](Self::save_or_load). To have the row after a
    /// save that succeeded, see [`load_current_as`](Self::load_current_as).
    ///
    /// # Errors
    ///
    /// As [`save_or_load`](Self::save_or_load).
    fn save_or_load_as<T>(&mut self, conn: &mut Conn) -> Result<Outcome<T>, Error>
    where
        Self: methods::SaveOrLoad<Conn, T>,
    {
        methods::SaveOrLoad::save_or_load(self, conn)
    }

    /// Saves the value. If another client has changed the row in the meantime, saves the changes of
    /// both: a field that only one side has changed is taken from that side.
    ///
    /// `base` is the value as it was loaded, before it was changed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let base: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # let mut theirs = Contact { email: None, ..base.clone() };
    /// # theirs.save_checked(conn)?;
    /// // .. another client removes the address ..
    /// let mut mine = Contact { name: "Ann B.".into(), ..base.clone() };
    /// let taken = mine.save_merged(&base, conn)?;
    /// assert_eq!(taken[0].name(), "email");
    /// assert_eq!(mine, Contact { id: 1, name: "Ann B.".into(), email: None, version: 3 });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** what [`save_or_load`](Self::save_or_load) sends. After a conflict it
    /// [merges](crate::Merged) what both have changed since `base`, and sends that, with the version
    /// that was found; up to ten times in all. Fields with `#[optlock(ignore)]`, and all that is no part of
    /// a [`Diff`](crate::Diff), are then those of the row.
    ///
    /// **In memory** `self` becomes the merged value, which equals the row. The result lists the fields
    /// that only others have changed; none if there was no conflict. After an error `self` is unchanged.
    ///
    /// **In a transaction** whose snapshot is older than `base`, because `base` was loaded elsewhere in
    /// the meantime (PostgreSQL, from REPEATABLE READ on), theirs is the old row, and an
    /// [`Error::MergeConflict`] can name fields that no client has changed since. Nothing is written then.
    ///
    /// # Errors
    ///
    /// - [`Error::MergeConflict`]: both have changed a field, differently. To let the user decide,
    ///   take [`save_or_load`](Self::save_or_load), [`Diff::merge`](crate::Diff::merge) and
    ///   [`Merged::resolve`](crate::Merged::resolve).
    /// - [`Error::ConcurrentModification`]: the row is gone
    ///   ([`Found::Missing`](crate::Found::Missing)); or others were faster ten times; or `base` has
    ///   another version or another key than `self`, so that nothing can be merged.
    /// - All others as [`save_or_load`](Self::save_or_load).
    fn save_merged(&mut self, base: &Self, conn: &mut Conn) -> Result<Vec<Field>, Error>
    where
        Self: methods::SaveMerged<Conn>,
    {
        methods::SaveMerged::save_merged(self, base, conn)
    }

    /// Advances the version and the audit stamp, and writes nothing else, if the row still has the
    /// version in memory. Touch the root of an aggregate when one of its parts changes: clients that
    /// hold the root then get a conflict.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let mut order: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut stale = order.clone();
    ///
    /// optlock::transaction(conn, &mut order, |conn, order| {
    ///     order.touch_checked(conn)?;
    ///     // .. insert a row of the order, change another ..
    ///     Ok::<_, optlock::Error>(())
    /// })?;
    /// assert_eq!(order.version, 2);
    ///
    /// let error = stale.touch_checked(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `UPDATE t SET version = next WHERE key AND version = expected`, with the audit stamp
    /// of the model in its `SET`. **In memory** as [`save_checked`](Self::save_checked): version and
    /// stamp advance together if the row was written. Other edits of the value are not written.
    ///
    /// Begin the transaction with the touch: the row is then locked to the end, and two transactions that
    /// change parts of the same root wait for each other instead of failing late.
    ///
    /// # Errors
    ///
    /// As [`save_checked`](Self::save_checked).
    fn touch_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::Touch<Conn>,
    {
        methods::Touch::touch_checked(self, conn)
    }

    /// Inserts the value if it was never stored, and saves it otherwise, if the row still has the version in memory.
    /// The version says which: `0`, the nil UUID, or what else [`Unstored`](crate::Unstored) names is that of a value
    /// which was never stored. **The key must be known before**: a key that the database draws, a serial `id`, is for
    /// `diesel::insert_into`. **No row of the table may have the version of a value that was never stored**: the
    /// versions of its rows begin at 1, as the column's `DEFAULT` has it.
    /// **With a counter, a row that is deleted and inserted again has version 1 again**, and a client that holds version 1 of
    /// the deleted row overwrites it: take a UUID where that happens.
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use optlock::Upserted;
    /// use optlock::prelude::*;
    ///
    /// # diesel::table! { settings { id -> Integer, theme -> Nullable<Text>, version -> BigInt, } }
    /// #[derive(Clone, Insertable, Identifiable, AsChangeset, Versioned)]
    /// #[diesel(table_name = settings, treat_none_as_null = true, treat_none_as_default_value = false)]
    /// struct Setting {
    ///     id: i32, // the user's
    ///     theme: Option<String>,
    ///     #[diesel(skip_update)]
    ///     version: i64,
    /// }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let conn = &mut SqliteConnection::establish(":memory:")?;
    /// # diesel::sql_query("CREATE TABLE settings (id INTEGER PRIMARY KEY, theme TEXT, version BIGINT NOT NULL DEFAULT 1)").execute(conn)?;
    ///
    /// let mut mine = Setting { id: 7, theme: Some("dark".into()), version: 0 };
    /// let mut theirs = Setting { id: 7, theme: None, version: 0 };
    /// assert_eq!(mine.upsert_checked(conn)?, Upserted::Inserted);
    /// assert_eq!(mine.version, 1);
    ///
    /// let error = theirs.upsert_checked(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "settings 7 exists already: expected no row, found version 1");
    ///
    /// mine.theme = None;
    /// assert_eq!(mine.upsert_checked(conn)?, Upserted::Saved);
    ///
    /// // .. another client deletes the row ..
    /// # diesel::delete(settings::table).execute(conn)?;
    /// assert!(mine.upsert_checked(conn).unwrap_err().is_missing()); // and does not insert it again
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends**, if the value was never stored, `INSERT INTO t (..) VALUES (..)` with all that the model's `Insertable`
    /// has; on PostgreSQL with `ON CONFLICT DO NOTHING`, so that an open transaction goes on, and on SQLite as `INSERT
    /// OR ABORT`. No row that is there is written to. If a unique value is taken, `SELECT version FROM t WHERE key`
    /// reads by whom. If there is no such row, because it has gone in between or because another unique value is taken,
    /// the `INSERT` is sent again, three times in all. Otherwise it sends what
    /// [`save_checked`](Self::save_checked) sends. [The chapter](crate::guide::upsert) has the reasons.
    ///
    /// **In memory** as [`save_checked`](Self::save_checked): version and audit stamp are those of the row if it was
    /// written, and otherwise nothing changes: a value that was not inserted is still one that was never stored.
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: the row is there, and the value was never stored
    ///   ([`Found::Exists`](crate::Found::Exists)); or what [`save_checked`](Self::save_checked) returns: a row that was
    ///   deleted is [`Found::Missing`](crate::Found::Missing), and not inserted again.
    /// - [`Error::Database`] with `UniqueViolation`: another unique value is taken, or the key by a row out of
    ///   [scope](crate::guide::scope), which is not shown.
    /// - [`Error::Refused`]: a trigger left the row out.
    /// - [`Error::OutcomeUnknown`]: the connection was lost. Of an `INSERT`,
    ///   [`attempt_of`](crate::MakeAttempt::attempt_of) finds [`Missing`](crate::Resolved::Missing) where a save is
    ///   [`NotLanded`](crate::Resolved::NotLanded); it is safe to upsert again.
    /// - All others as [`save_checked`](Self::save_checked).
    fn upsert_checked(&mut self, conn: &mut Conn) -> Result<Upserted, Error>
    where
        Self: methods::Upsert<Conn>,
    {
        methods::Upsert::upsert_checked(self, conn)
    }

    /// Deletes the row if it still has the version in memory.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let contact: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// contact.delete_checked(conn)?;
    ///
    /// let error = contact.delete_checked(conn).unwrap_err();
    /// assert!(error.is_missing());
    /// assert_eq!(error.to_string(), "contacts 1 is gone: expected version 1, found no row");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `DELETE FROM t WHERE key AND version = expected`. **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// As [`save_checked`](Self::save_checked). A row that is gone already is a conflict with
    /// [`Found::Missing`](crate::Found::Missing), so that the caller can decide that this is
    /// fine ([`Error::is_missing`]).
    fn delete_checked(&self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::Delete<Conn>,
    {
        methods::Delete::delete_checked(self, conn)
    }

    /// Checks that the row still has the version in memory. For the moment in which a user starts to
    /// edit, so that they do not work on a row that has changed already.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let contact: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// contact.check_current(conn)?;
    /// # diesel::update(contacts::table.find(1)).set(contacts::version.eq(2)).execute(conn)?;
    /// // .. another client saves it ..
    /// let error = contact.check_current(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **It guards nothing**: the row may change the moment after. A save checks by itself; other writes
    /// that depend on the row need [`lock_checked`](Self::lock_checked).
    ///
    /// **Sends** `SELECT version FROM t WHERE key`: a plain read, which inside a transaction shows
    /// what the isolation level lets it see (at REPEATABLE READ the row as it was when the
    /// transaction first read). **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: another client changed or deleted the row.
    /// - [`Error::ConnectionLost`], [`Error::Database`].
    fn check_current(&self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::CheckCurrent<Conn>,
    {
        methods::CheckCurrent::check_current(self, conn)
    }

    /// Locks the row to the end of the transaction, if it still has the version in memory. No other
    /// client changes or deletes the row before the transaction ends.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let account: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// optlock::transaction(conn, (), |conn, ()| {
    ///     account.lock_checked(conn)?;
    ///     // .. write other rows that are right only as long as this one is what we saw ..
    ///     Ok::<_, optlock::Error>(())
    /// })?;
    ///
    /// let error = account.lock_checked(conn).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "a row is locked to the end of a transaction, and none is open: use `optlock::transaction`"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends**, and locks:
    ///
    /// | database | statement | until the end of the transaction |
    /// |---|---|---|
    /// | PostgreSQL | `SELECT version FROM t WHERE key FOR NO KEY UPDATE` | other writers of the row wait; new rows that refer to it by a foreign key do not ([why][pg]) |
    /// | MySQL, MariaDB | `SELECT version FROM t WHERE key FOR UPDATE` | other writers of the row wait, new rows that refer to it by a foreign key too |
    /// | SQLite | `UPDATE t SET version = version WHERE 1 = 0`, which writes nothing, and `SELECT version FROM t WHERE key` | all other writers of the database wait |
    ///
    /// Plain reads wait on none of them. It is a locking read: at REPEATABLE READ it looks past the
    /// transaction's snapshot (MySQL, MariaDB), or fails if the row has changed since
    /// (PostgreSQL). After a conflict the lock stays to the end of the transaction as well.
    ///
    /// **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInTransaction`]: no transaction of Diesel's is open. Nothing was sent.
    /// - [`Error::ConcurrentModification`]: another client changed or deleted the row, or with
    ///   [`Found::TransactionAborted`](crate::Found::TransactionAborted) the database itself
    ///   reported it.
    /// - [`Error::Refused`]: a row-level policy of PostgreSQL lets the row be read, and not be locked.
    /// - [`Error::ConnectionLost`], [`Error::Database`]: transient after a deadlock or a lock timeout;
    ///   on SQLite at once ("database is locked") if the transaction has read before, and another
    ///   client wrote since.
    ///
    /// [pg]: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
    fn lock_checked(&self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::LockRow<Conn>,
    {
        methods::LockRow::lock_checked(self, conn)
    }

    /// Loads the row as it is now, or `None` if it is gone.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let mine: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # diesel::update(contacts::table).set((contacts::name.eq("Ann B."), contacts::version.eq(2))).execute(conn)?;
    /// let theirs = mine.load_current(conn)?.expect("the row is there");
    /// assert_eq!((mine.name.as_str(), theirs.name.as_str()), ("Ann", "Ann B."));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `SELECT <the model's columns> FROM t WHERE key`: a plain read, which inside a
    /// transaction shows what the isolation level lets it see. **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    fn load_current(&self, conn: &mut Conn) -> Result<Option<Self>, Error>
    where
        Self: methods::LoadCurrent<Conn>,
    {
        methods::LoadCurrent::load_current(self, conn)
    }

    /// Loads the row as another struct of the same table, or `None` if it is gone: a partial struct, or
    /// one that borrows, loads the whole row.
    ///
    /// **Load it in the transaction of the save.** Only there it is the row that was saved; after the
    /// transaction another client may have changed it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// /// The body of a PATCH, in which null is not the same as absent.
    /// #[derive(Clone, Identifiable, AsChangeset, Versioned)]
    /// #[diesel(table_name = contacts, treat_none_as_null = false)]
    /// struct Patch {
    ///     id: i32,
    ///     name: Option<String>,
    ///     email: Option<Option<String>>,
    ///     version: i64,
    /// }
    ///
    /// let mut patch = Patch { id: 1, name: None, email: Some(None), version: 1 };
    /// let saved = optlock::transaction(conn, &mut patch, |conn, patch| {
    ///     patch.save_checked(conn)?;
    ///     patch.load_current_as::<Contact>(conn)
    /// })?;
    /// let whole = Contact { id: 1, name: "Ann".into(), email: None, version: 2 };
    /// assert_eq!(saved, Some(whole));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `SELECT <the columns of T> FROM t WHERE key`, with the key and the scope of `self`: a
    /// plain read, as of [`load_current`](Self::load_current). **In memory** nothing changes.
    ///
    /// # Errors
    ///
    /// [`Error::ConnectionLost`], [`Error::Database`].
    fn load_current_as<T>(&self, conn: &mut Conn) -> Result<Option<T>, Error>
    where
        Self: methods::LoadCurrent<Conn, T>,
    {
        methods::LoadCurrent::load_current(self, conn)
    }

    /// Replaces the value in memory by the row as it is now, and returns the value that it replaces.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let mut mine: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # diesel::update(contacts::table.find(1)).set((contacts::email.eq("a@example.org"), contacts::version.eq(2))).execute(conn)?;
    /// use optlock::Refreshed;
    ///
    /// mine.name = "Ann B.".to_owned(); // and then a conflict
    /// if let Refreshed::Updated(edited) = mine.refresh(conn)? {
    ///     assert_eq!((mine.version, edited.version), (2, 1));
    ///     mine.name = edited.name; // what is still wanted of it
    /// }
    /// mine.save_checked(conn)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `SELECT <the model's columns> FROM t WHERE key`: a plain read, which inside a
    /// transaction shows what the isolation level lets it see. After a conflict at REPEATABLE READ
    /// or above that is the **old** row: refresh after the transaction.
    ///
    /// **In memory** the value becomes the row. Edits that were not saved are replaced, and returned in
    /// [`Refreshed::Updated`]. If the row is gone, or after an error, nothing changes.
    ///
    /// # Errors
    ///
    /// [`Error::ConnectionLost`], [`Error::Database`].
    fn refresh(&mut self, conn: &mut Conn) -> Result<Refreshed<Self>, Error>
    where
        Self: methods::Refresh<Conn>,
    {
        methods::Refresh::refresh(self, conn)
    }

    /// Overwrites whatever is in the row with the value: the last writer wins, on purpose. For a user
    /// who has seen the conflict and insists, and for data that has one owner.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let mut mine: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # diesel::update(contacts::table.find(1)).set(contacts::version.eq(5)).execute(conn)?;
    /// let mut theirs = mine.load_current(conn)?.expect("the row is there");
    /// assert_eq!((mine.version, theirs.version), (1, 5));
    ///
    /// mine.force_save(conn)?;
    /// assert_eq!(mine.version, 6); // not 2, which another client may hold
    ///
    /// let error = theirs.save_checked(conn).unwrap_err();
    /// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 5, found 6");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The new version is the one after the **row's**, and never one that another client may hold. So
    /// every client that holds the row gets a conflict, as after any other write.
    ///
    /// **Sends** `SELECT version FROM t WHERE key`, and the `UPDATE` of a save at the version that was
    /// found; both again if another client writes in between, up to 100 times. Inside a transaction
    /// the read locks the row, as [`lock_checked`](Self::lock_checked) does. A value that changes
    /// nothing sends nothing.
    ///
    /// **In memory** as [`save_checked`](Self::save_checked).
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: the row is gone
    ///   ([`Found::Missing`](crate::Found::Missing)), and is not inserted again; the database gave
    ///   the transaction up ([`Found::TransactionAborted`](crate::Found::TransactionAborted)); or
    ///   others were faster 100 times.
    /// - The others of [`save_checked`](Self::save_checked).
    fn force_save(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::ForceSave<Conn>,
    {
        methods::ForceSave::force_save(self, conn)
    }

    /// Deletes the row at any version. Returns whether there was a row.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let contact: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// assert!(contact.force_delete(conn)?);
    /// assert!(!contact.force_delete(conn)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** `DELETE FROM t WHERE key`; if that matches no row, `SELECT version FROM t WHERE key`,
    /// because a row that is still there was protected by the database. **In memory** nothing
    /// changes.
    ///
    /// # Errors
    ///
    /// - [`Error::Refused`]: the row is still there. A policy or a trigger of the database refused
    ///   the delete.
    /// - [`Error::KeyNotUnique`], [`Error::OutcomeUnknown`], [`Error::ConnectionLost`],
    ///   [`Error::Database`] (a foreign key, for example).
    /// - [`Error::ConcurrentModification`] with
    ///   [`Found::TransactionAborted`](crate::Found::TransactionAborted): the database gave the
    ///   transaction up.
    fn force_delete(&self, conn: &mut Conn) -> Result<bool, Error>
    where
        Self: methods::ForceDelete<Conn>,
    {
        methods::ForceDelete::force_delete(self, conn)
    }
}

impl<M: Versioned, Conn> VersionedDsl<Conn> for M {}
