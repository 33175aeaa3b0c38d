//! The saves of what a page has shown.

use crate::backend::TransactionConnection;
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Blocking, Wire, now};
use crate::fingerprint::{Fingerprint, FingerprintBuilder};
use crate::methods;
use crate::operation::{SAVE_IF_UNCHANGED, Saved};
use crate::seal::Seal;
use crate::tracked::{IsTracked, Tracked};
use crate::transaction::{Failure, TransactionOptions, run};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;

/// The save of a value that a page has shown beside other things, on the connection `Conn`.
///
/// A [`Tracked`] value has [`TrackedFingerprintDsl`], and one whose table has no version
/// [`UnversionedFingerprintDsl`].
pub trait FingerprintDsl<Conn>: Versioned + Sized {
    /// Saves the value as [`save_checked`](crate::VersionedDsl::save_checked) does, if all that the page
    /// has shown is still so: its [`Fingerprint`].
    ///
    /// `page` makes the parts of the page again. It gets them with the row of the value, as the database
    /// has it **now**, and adds what else the page has shown, loaded by the connection that it gets.
    ///
    /// ```
    /// # include!("../doctest_setup.rs");
    /// # mod page {
    /// # use super::contacts;
    /// use diesel::prelude::*;
    /// use optlock::prelude::*;
    /// use optlock::seal::Seal;
    /// use optlock::{Error, Fingerprint};
    ///
    /// #[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Fingerprint)]
    /// # #[diesel(table_name = contacts)]
    /// pub struct Contact {
    ///     pub id: i32,
    ///     pub name: String,
    ///     #[diesel(skip_update)]
    ///     pub version: i64,
    /// }
    ///
    /// /// The page says how many contacts there are.
    /// pub fn show(contact: &Contact, seal: &Seal<'_>, conn: &mut SqliteConnection) -> Result<String, Error> {
    ///     let count: i64 = contacts::table.count().get_result(conn)?;
    ///     let page = Fingerprint::builder(seal).row(contact).value("contacts", &count);
    ///     Ok(page.build().into())
    /// }
    ///
    /// pub fn save(
    ///     contact: &mut Contact,
    ///     fingerprint: &str,
    ///     seal: &Seal<'_>,
    ///     conn: &mut SqliteConnection,
    /// ) -> Result<(), Error> {
    ///     contact.save_if_unchanged(fingerprint, seal, conn, |conn, page| {
    ///         let count: i64 = contacts::table.count().get_result(conn)?;
    ///         Ok(page.value("contacts", &count))
    ///     })
    /// }
    /// # }
    /// # use page::{save, show};
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # let keys = optlock::seal::Keys::new([7; 32])?;
    /// # let seal = keys.purpose("edit contact").without_session();
    /// # let mut ann: page::Contact = contacts::table.find(1).select(page::Contact::as_select()).first(conn)?;
    /// let fingerprint = show(&ann, &seal, conn)?;
    /// # diesel::delete(contacts::table.find(2)).execute(conn)?;
    /// // .. another client deletes Bob ..
    /// ann.name = "Ann B.".into();
    /// let error = save(&mut ann, &fingerprint, &seal, conn).unwrap_err();
    /// assert_eq!(error.to_string(), "changed since the page was made: contacts");
    /// assert_eq!(ann.version, 1); // as it was
    /// # let fingerprint = show(&ann, &seal, conn).and_then(|_| {
    /// #     let stored: page::Contact = contacts::table.find(1).select(page::Contact::as_select()).first(conn)?;
    /// #     show(&stored, &seal, conn)
    /// # })?;
    /// # save(&mut ann, &fingerprint, &seal, conn)?;
    /// # assert_eq!(ann.version, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Sends**, in one transaction of its own (on SQLite an immediate one):
    ///
    /// 1. what locks and loads the row: `SELECT .. FROM t WHERE key FOR NO KEY UPDATE` (PostgreSQL), `FOR
    ///    UPDATE` (MySQL and MariaDB); SQLite locks the database;
    /// 2. what `page` sends;
    /// 3. if the fingerprint matches, the `UPDATE` of a `save_checked`, which compares the version in memory.
    ///
    /// **Only the row of the value is guarded to the COMMIT.** Other rows, counts and sums are compared
    /// once, at the time of `page`, and another client can change them before the COMMIT. Where that matters,
    /// let `page` lock them (`.for_update()`), or set the connection's isolation level to SERIALIZABLE.
    ///
    /// **The version is checked as well**: the value has the version that the page has shown, from a
    /// [form token](crate::form), or was loaded for this request. What is not in the fingerprint, because it is
    /// ignored or [left out](FingerprintBuilder::without), is guarded by the version alone.
    ///
    /// **In memory** the version moves on if the transaction was committed. Otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::PageChanged`] names the parts that have changed.
    /// - [`Error::Seal`]: it is no fingerprint for this purpose and session, or it has expired.
    /// - [`Error::ConcurrentModification`]: the row is gone, or its version is not the one in memory.
    /// - [`Error::AlreadyInTransaction`]: an open transaction may have an old snapshot of what the page shows.
    ///   Nothing was sent. In a transaction, [lock the row](crate::VersionedDsl::lock_checked), load what the
    ///   page shows, [`verify`](FingerprintBuilder::verify), and save.
    /// - The error of `page`; those of [`save_checked`](crate::VersionedDsl::save_checked) and of
    ///   [`transaction`](crate::transaction()).
    fn save_if_unchanged<'s>(
        &mut self,
        fingerprint: &str,
        seal: &'s Seal<'s>,
        conn: &mut Conn,
        page: impl FnOnce(&mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>,
    ) -> Result<(), Error>
    where
        Self: methods::SaveIfUnchanged<Conn> + methods::Save<Conn>,
        Conn: TransactionConnection,
    {
        outermost(conn, self, |conn, model| {
            let row = methods::SaveIfUnchanged::lock_and_load(model, conn)?;
            page(conn, Fingerprint::builder(seal).row(&row))?.verify(fingerprint)?;
            methods::Save::save_checked(model, conn)
        })
    }
}

// The bound is on the impl so that a missing derive is reported as such.
impl<M: Versioned, Conn> FingerprintDsl<Conn> for M {}

/// The save of a [`Tracked`] value that a page has shown, on the connection `Conn`. `Model` is the `M` of
/// `Tracked<M>`.
pub trait TrackedFingerprintDsl<Conn>: IsTracked {
    /// Saves the value as [`FingerprintDsl::save_if_unchanged`] does, or nothing if nothing has changed. The
    /// page is compared in any case.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// As [`FingerprintDsl::save_if_unchanged`].
    fn save_if_unchanged<'s>(
        &mut self,
        fingerprint: &str,
        seal: &'s Seal<'s>,
        conn: &mut Conn,
        page: impl FnOnce(&mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>,
    ) -> Result<Saved, Error>
    where
        Self::Model: methods::SaveIfUnchanged<Conn> + methods::Save<Conn> + Diff,
        Conn: TransactionConnection,
    {
        outermost(conn, self.tracked(), |conn, tracked| {
            let row = methods::SaveIfUnchanged::lock_and_load(&**tracked, conn)?;
            page(conn, Fingerprint::builder(seal).row(&row))?.verify(fingerprint)?;
            methods::Save::save_tracked(tracked, conn)
        })
    }
}

impl<M: Versioned, Conn> TrackedFingerprintDsl<Conn> for Tracked<M> {}

/// The save of a [`Tracked`] value whose table has no version, and which a page has shown, on the connection
/// `Conn`. `Model` is the `M` of `Tracked<M>`.
pub trait UnversionedFingerprintDsl<Conn>: IsTracked {
    /// Saves the value as [`save_unchanged`](crate::UnversionedDsl::save_unchanged) does, if all that the page
    /// has shown is still so: its [`Fingerprint`]. The page is compared also where nothing has changed.
    ///
    /// The handler loads the row, makes a [`Tracked`] value of it, and puts the form's fields in. What the page
    /// has shown is guarded from the page on, by the fingerprint; what it has not, from the load on, by the
    /// base. Only the columns that have changed are written.
    ///
    /// [`guide::fingerprints`](crate::guide::fingerprints) has an example.
    ///
    /// **Sends**, in one transaction of its own (on SQLite an immediate one), what locks and loads the row; what
    /// `page` sends; and if the fingerprint matches, what `save_unchanged` sends, in a savepoint. What is guarded
    /// to the COMMIT is described at [`FingerprintDsl::save_if_unchanged`]; **each other writer must lock the row
    /// too**, as for `save_unchanged`.
    ///
    /// **In memory**, if the transaction was committed, what `save_unchanged` changes; otherwise nothing.
    ///
    /// # Errors
    ///
    /// As [`FingerprintDsl::save_if_unchanged`], and as
    /// [`save_unchanged`](crate::UnversionedDsl::save_unchanged): there are no versions to name.
    fn save_if_unchanged<'s>(
        &mut self,
        fingerprint: &str,
        seal: &'s Seal<'s>,
        conn: &mut Conn,
        page: impl FnOnce(&mut Conn, FingerprintBuilder<'s>) -> Result<FingerprintBuilder<'s>, Error>,
    ) -> Result<Saved, Error>
    where
        Self::Model: methods::SaveUnversionedIfUnchanged<Conn> + methods::SaveUnchanged<Conn>,
        Conn: TransactionConnection,
    {
        outermost(conn, self.tracked(), |conn, tracked| {
            let row = methods::SaveUnversionedIfUnchanged::lock_and_load(&**tracked, conn)?;
            page(conn, Fingerprint::builder(seal).row(&row))?.verify(fingerprint)?;
            methods::SaveUnchanged::save_unchanged_tracked(tracked, conn)
        })
    }
}

impl<M: Unversioned, Conn> UnversionedFingerprintDsl<Conn> for Tracked<M> {}

/// Runs `body` in a transaction that is no part of another one, and puts the value back if it is rolled
/// back.
fn outermost<V, C, R>(
    conn: &mut C,
    mut value: &mut V,
    body: impl FnOnce(&mut C, &mut V) -> Result<R, Error>,
) -> Result<R, Error>
where
    V: Clone,
    C: TransactionConnection,
{
    let options = TransactionOptions::new().immediate().on_newest_rows();
    let opening = now(options.opening(&mut Wire::<Blocking<C>>::new(conn), SAVE_IF_UNCHANGED))?;
    let ended = run(&opening, conn, &mut value, body);
    ended.map_err(Failure::into_error_of_operation::<C::Backend>)
}
