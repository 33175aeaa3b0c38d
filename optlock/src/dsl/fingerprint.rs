//! The saves of what a page has shown.

use crate::backend::TransactionConnection;
use crate::diff::Diff;
use crate::error::Error;
use crate::fingerprint::FingerprintBuilder;
use crate::methods;
use crate::operation::Saved;
use crate::page::{MakePage, MakingPage, PageShown, Stopped};
use crate::seal::Seal;
use crate::tracked::{IsTracked, Tracked};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;
use std::future::ready;

/// A trait with a `save_if_unchanged`: of which value, what its model needs, and which method of
/// [`methods`] saves it.
macro_rules! saves_if_unchanged {
    ($(
        $(#[doc = $of_trait:literal])*
        trait $Dsl:ident: ($($Super:tt)+) for ($M:ident: $Facts:ident) $Value:ty;
        $(#[doc = $of_method:literal])*
        fn save_if_unchanged($subject:ident: $Model:ty) -> $Saved:ty
            where ($($needs:tt)*) = $Operation:ident::$method:ident;
    )+) => {$(
        $(#[doc = $of_trait])*
        pub trait $Dsl<Conn>: $($Super)+ {
            $(#[doc = $of_method])*
            fn save_if_unchanged<'s>(
                &mut self,
                fingerprint: &str,
                seal: &'s Seal<'s>,
                conn: &mut Conn,
                page: impl Fn(
                    &mut Conn,
                    FingerprintBuilder<'s>,
                    &$Model,
                ) -> Result<FingerprintBuilder<'s>, Error>,
            ) -> Result<$Saved, Error>
            where
                $Model: methods::$Operation<Conn> $($needs)*,
                Conn: TransactionConnection,
            {
                let page: &dyn MakePage<'s, Conn, $Model> = &AtOnce(page);
                let shown = PageShown::new(fingerprint, seal, page);
                let saved = methods::$Operation::$method(subject!($subject self), shown, conn);
                saved.map_err(Stopped::into_error)
            }
        }

        // The bound is on the impl so that a missing derive is reported as such.
        impl<$M: $Facts, Conn> $Dsl<Conn> for $Value {}
    )+};
}

/// The value that is saved.
macro_rules! subject {
    (value $this:ident) => {
        $this
    };
    (tracked $this:ident) => {
        $this.tracked()
    };
}

saves_if_unchanged! {
    /// The save of a value that a page has shown beside other things, on the connection `Conn`.
    ///
    /// A [`Tracked`] value has [`TrackedFingerprintDsl`], and one whose table has no version
    /// [`UnversionedFingerprintDsl`].
    trait FingerprintDsl: (Versioned + Sized) for (M: Versioned) M;
    /// Saves the value as [`save_checked`](crate::VersionedDsl::save_checked) does, if all that the page
    /// has shown is still so: its [`Fingerprint`](struct@crate::Fingerprint).
    ///
    /// `page` makes the page again: `|conn, page, row|`. It adds what the page has shown beside the row, loaded
    /// by the connection that it gets, to a `page` without parts. `row` is the row of the value, locked and
    /// **as it is now**: what depends on the row is made of `row`, never of the value, which the form has edited.
    /// The parts of `row` itself are added behind the closure, so that a
    /// [`without`](FingerprintBuilder::without) in it counts for them too.
    ///
    /// **No field outside the fingerprint is changed.** A value that the handler has just loaded has the
    /// newest version, so its save would overwrite what another client has written into such a field while the page
    /// was open. It fails with [`Error::NotInFingerprint`] if it would change a field that is left out by
    /// `without` or `#[optlock(skip_fingerprint)]`. **Fields with `#[optlock(ignore)]` are exempt**: nobody edits
    /// them, and the application writes them, as a cache or an audit column.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
    ///     contact.save_if_unchanged(fingerprint, seal, conn, |conn, page, _row| {
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
    /// let `page` lock them (`.for_update()`). **On PostgreSQL the transaction is at READ COMMITTED**, whatever the session is
    /// set to: a snapshot from before the lock would hide what the page has to be compared with.
    ///
    /// **The version is checked as well**: the value has the version that the page has shown, from a
    /// [form token](crate::form), or was loaded for this request. It guards what the fingerprint does not cover, from then on.
    ///
    /// `page` is `Fn`, as the body of a [`transaction`](crate::transaction()): a value that it captured and saved would stay
    /// ahead of its row after a rollback.
    ///
    /// **In memory** the version moves on if the transaction was committed. Otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// - [`Error::PageChanged`] names the parts that have changed.
    /// - [`Error::NotInFingerprint`], a mistake of the program: the save would change fields that the fingerprint does not
    ///   cover.
    /// - [`Error::Seal`]: it is no fingerprint for this purpose and session, or it has expired.
    /// - [`Error::ConcurrentModification`]: the row is gone, or its version is not the one in memory.
    /// - [`Error::Refused`]: a row-level policy of PostgreSQL lets the row be read, and not be locked.
    /// - [`Error::AlreadyInTransaction`]: an open transaction may have an old snapshot of what the page shows.
    ///   Nothing was sent. In a transaction, [lock the row](crate::VersionedDsl::lock_checked), load what the
    ///   page shows, [`verify`](FingerprintBuilder::verify), and save.
    /// - The error of `page`; those of [`save_checked`](crate::VersionedDsl::save_checked) and of
    ///   [`transaction`](crate::transaction()).
    fn save_if_unchanged(value: Self) -> ()
        where () = SaveIfUnchanged::save_if_unchanged;

    /// The save of a [`Tracked`] value that a page has shown, on the connection `Conn`. `Model` is the `M` of
    /// `Tracked<M>`.
    trait TrackedFingerprintDsl: (IsTracked) for (M: Versioned) Tracked<M>;
    /// Saves the value as [`FingerprintDsl::save_if_unchanged`] does, or nothing if nothing has changed. The
    /// page is compared in any case.
    ///
    /// A field counts as changed if it is not as the base has it, or if the save, which writes all of the value, would
    /// change it in the row.
    ///
    /// **Sends** the same. **In memory** the base moves on if it was saved; otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// As [`FingerprintDsl::save_if_unchanged`].
    fn save_if_unchanged(tracked: Self::Model) -> Saved
        where (+ Diff) = SaveIfUnchanged::save_tracked_if_unchanged;

    /// The save of a [`Tracked`] value whose table has no version, and which a page has shown, on the connection
    /// `Conn`. `Model` is the `M` of `Tracked<M>`.
    trait UnversionedFingerprintDsl: (IsTracked) for (M: Unversioned) Tracked<M>;
    /// Saves the value as [`save_unchanged`](crate::UnversionedDsl::save_unchanged) does, if all that the page
    /// has shown is still so: its [`Fingerprint`](struct@crate::Fingerprint). The page is compared also where nothing has changed.
    ///
    /// The handler loads the row, makes a [`Tracked`] value of it, and puts the form's fields in. What the page
    /// has shown is guarded from the page on, by the fingerprint; what it has not, from the load on, by the
    /// base. Only the columns that have changed are written, and [`Error::NotInFingerprint`] refuses a change of one that the
    /// fingerprint does not cover. (A field with `#[optlock(ignore)]` is not written at all.)
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
    fn save_if_unchanged(tracked: Self::Model) -> Saved
        where () = SaveUnversionedIfUnchanged::save_tracked_if_unchanged;
}

/// A closure that returns at once.
struct AtOnce<F>(F);

impl<'s, C, M, F> MakePage<'s, C, M> for AtOnce<F>
where
    F: Fn(&mut C, FingerprintBuilder<'s>, &M) -> Result<FingerprintBuilder<'s>, Error>,
{
    fn make<'p>(
        &'p self,
        page: FingerprintBuilder<'s>,
        row: &'p M,
        conn: &'p mut C,
    ) -> MakingPage<'p, 's>
    where
        's: 'p,
    {
        Box::pin(ready((self.0)(conn, page, row)))
    }
}
