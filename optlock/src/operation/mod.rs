//! What can be done with a versioned value, and what all operations share.

mod advance;
mod current;
mod delete;
mod explain;
mod save;

pub use save::Outcome;

use crate::{Error, Versioned};

/// The bounds of the operations, for generic code: `fn archive<M: methods::Save<C>, C>(..)`.
///
/// Name them by their path and do not import them: their methods have the names of
/// [`VersionedDsl`]'s, and with both in scope the compiler does not choose.
///
/// As in Diesel's `query_dsl::methods`, users call [`VersionedDsl`]; these traits are implemented
/// for every model that has what the operation needs.
pub mod methods {
    pub use super::current::LoadCurrent;
    pub use super::delete::Delete;
    pub use super::explain::Explain;
    pub use super::save::{Save, SaveOrLoad};
}

/// The operations on a versioned value, on the connection `Conn`.
///
/// "expected" is the version **in the struct**: the one that the value was loaded with, or that a
/// form or an `If-Match` header carried.
///
/// | method | statement when all goes well |
/// |---|---|
/// | [`save_checked`](Self::save_checked), [`save_or_load`](Self::save_or_load) | `UPDATE t SET <changeset>, version = next WHERE key AND version = expected` |
/// | [`delete_checked`](Self::delete_checked) | `DELETE FROM t WHERE key AND version = expected` |
/// | [`load_current`](Self::load_current) | `SELECT .. FROM t WHERE key` |
///
/// They are one statement each, which Diesel prepares once a connection; of a struct in which
/// `None` leaves columns alone, or with embedded structs, each time, because it has many texts.
/// Only when a write hits no row a second one asks why: `SELECT version FROM t WHERE key`. On MySQL
/// and MariaDB a plain read inside a transaction can be older than the row that the write met;
/// there it is followed by `LOCK IN SHARE MODE`.
///
/// Each is right under every isolation level; README has a table of what is seen where.
pub trait VersionedDsl<Conn>: Sized {
    /// Saves the value if the row still has the version in memory.
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
    /// nothing and is `Ok`. A struct of key and version only moves the version on.
    ///
    /// **In memory** the version and the audit stamp move on if the row was written. Else, whatever
    /// happened (conflict, database error, panic), nothing changes. Inside a transaction that
    /// is rolled back later, memory is one version ahead of the row: use
    /// [`optlock::transaction`](crate::transaction()).
    ///
    /// # Errors
    ///
    /// - [`Error::ConcurrentModification`]: somebody else changed or deleted the row. A row that is
    ///   gone is not inserted again.
    /// - [`Error::Refused`], [`Error::VersionExhausted`], [`Error::KeyNotUnique`]: see there.
    /// - [`Error::OutcomeUnknown`], [`Error::ConnectionLost`]: the connection was lost.
    /// - [`Error::Database`]: any other error, a violated constraint for example.
    fn save_checked(&mut self, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::Save<Conn>,
    {
        methods::Save::save_checked(self, conn)
    }

    /// Saves like [`save_checked`](Self::save_checked), but hands a conflict back as a value, with
    /// the row as it stands.
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
    ///     Outcome::Changed(theirs) => println!("{} has changed it to {theirs:?}", "somebody"),
    ///     Outcome::Missing => println!("deleted"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends** the same `UPDATE`, and after a conflict `SELECT .. FROM t WHERE key`, with the
    /// locking read that [`VersionedDsl`] describes.
    ///
    /// **In memory** as [`save_checked`](Self::save_checked): `self` never takes over what was
    /// loaded.
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

    /// Deletes the row if it still has the version in memory.
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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

    /// Loads the row as it stands, or `None` if it is gone.
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
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
}

impl<M: Versioned, Conn> VersionedDsl<Conn> for M {}
