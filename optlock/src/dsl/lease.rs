//! The operations on leases.

use crate::error::Error;
use crate::executes::{Blocking, Wire, now};
use crate::lease::{
    self, How, IsLease, Lease, LeaseAnswer, LeaseConnection, LeaseRequest, LeaseStatus, LeaseTime,
    RowStatus,
};
use crate::methods;
use crate::versioned::Versioned;
use std::time::Duration;

/// What is done with a [`Lease`], on the connection `Conn`.
///
/// **Each operation commits by itself, and refuses to run inside an open transaction**
/// ([`Error::AlreadyInTransaction`]): a rollback would leave a lease in memory that the database does not know, and an open transaction
/// would make everybody wait who asks for the lease. [`resume`](Self::resume) only reads, and runs in any transaction. So
/// does each operation in the one of Diesel's `begin_test_transaction`.
///
/// The database's clock decides when a lease expires: on PostgreSQL `clock_timestamp()`, on MariaDB and MySQL
/// `SYSDATE(6)`, on SQLite the clock of the process, in milliseconds.
pub trait LeaseDsl<Conn>: IsLease {
    /// Acquires the lease of the model's row, for a person (`owner`) on a page or in a process (`holder`), for some time
    /// (`ttl`): a [`Duration`], or a [`LeaseTime`] with a cap.
    ///
    /// - Nobody has it, or it has expired: it is a new one, with another [id](Lease::id) and a higher
    ///   [fence](Lease::fence), for its old owner too.
    /// - Its owner has it already: the lease is the same, and this holder takes it over. The other page is told at its next
    ///   [`renew`](Self::renew). Give each page a holder of its own, a random one for example, because two pages with one
    ///   holder are one.
    /// - Somebody else has it: [`Error::LeaseHeld`].
    ///
    /// **Sends** the read of the row, `UPDATE optlock_leases SET .. WHERE .. AND expires_at <= now`, and the read of the
    /// lease; at the first lease of a row an `INSERT` as well. The lease is that of the table, with its schema, of the
    /// scope and of the key as the row spells them: 'amy' and 'AMY' are one row where the database says so.
    ///
    /// # Errors
    ///
    /// - [`Error::LeaseHeld`]: with the owner, and how long it will last.
    /// - A conflict that [is missing](Error::is_missing): there is no such row, or it is out of scope.
    /// - [`Error::LeaseName`]: the owner or the holder has no bytes, or more than 255.
    /// - [`Error::OutcomeUnknown`]: the connection was lost. The lease may have been acquired; the same owner acquires it
    ///   again, or it expires.
    /// - [`Error::AlreadyInTransaction`], and the database's.
    fn acquire<M>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::Free);
        model.acquire_lease(request, conn).map(Self::from)
    }

    /// Acquires the lease of the model's row, if the version in memory is the row's: when a person starts to edit.
    ///
    /// As [`acquire`](Self::acquire). The version is compared twice:
    ///
    /// - before the lease is taken: who holds a stale value gets the conflict, also where somebody else has the lease, and takes
    ///   nothing over from another page of theirs;
    /// - when the lease is held, so that nobody who asks for leases writes in between. If the row has another version
    ///   by now, a new lease is released again.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire), and a conflict: load the row again.
    fn acquire_checked<M>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::Checked);
        model.acquire_lease(request, conn).map(Self::from)
    }

    /// Acquires the lease of the model's row, whoever has it: for an administrator. The one who had it loses it, and is
    /// told so; the lease keeps [from whom](LeaseStatus::stolen_from) it was taken.
    ///
    /// As [`acquire`](Self::acquire). A [`save_leased`](crate::LeasedDsl::save_leased) that is under way is waited for.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire). [`Error::LeaseHeld`] only if another client has stolen it again at once.
    fn steal<M>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::ByForce);
        model.acquire_lease(request, conn).map(Self::from)
    }

    /// Goes on with a lease of the model's row by its [token](Lease::token): in a request that may reach another process than
    /// the one that has acquired it. `ttl` is the time that a later [`renew`](Self::renew) gives the lease. A cap in it
    /// is ignored: the lease keeps that of its acquisition.
    ///
    /// **Sends** `SELECT .. FROM optlock_leases WHERE ..`, and changes nothing. Of the model only the key and the scope are
    /// used, which must be spelled as the row's. In an open transaction with an old snapshot it may be an old answer; the
    /// writes that ask for the lease do not rely on it.
    ///
    /// # Errors
    ///
    /// - [`Error::LeaseLost`]: it has expired, was released or [taken over](crate::LeaseLoss::TakenOver), or is of another row.
    ///   A token that nobody has been given looks like one that is lost.
    /// - [`Error::LeaseToken`]: the text is no token.
    /// - [`Error::LeaseTooShort`], and the database's.
    fn resume<M>(
        model: &M,
        token: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>
    where
        M: methods::LookUpLease<Conn>,
    {
        model.resume_lease(token, ttl.into(), conn).map(Self::from)
    }

    /// Moves the end of the lease to its time from now, but not beyond its cap.
    ///
    /// A lease that has expired is lost, even if nobody has taken it: acquire it anew, and check the version. A renewal
    /// that arrived in time, and then had to wait for a [`save_leased`](crate::LeasedDsl::save_leased), is done.
    ///
    /// **Sends** `UPDATE optlock_leases SET expires_at = .. WHERE <the lease> AND expires_at > now`, and the read of the
    /// lease. **In memory** [`remaining`](Lease::remaining) and the [wish](Lease::wish) follow, if there was an answer.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`]: the connection was lost; renew again. [`Error::AlreadyInTransaction`], and the
    /// database's.
    fn renew(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error>
    where
        Conn: LeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        now(lease::renew(lease, &mut Wire::<Blocking<Conn>>::new(conn)))
    }

    /// Brings the end of the lease forward, to this time from now.
    ///
    /// **Sends** `UPDATE optlock_leases SET expires_at = .. WHERE <the lease> AND expires_at > now`, and the read of the
    /// lease. A later [`renew`](Self::renew) moves the end by the whole time again.
    ///
    /// # Errors
    ///
    /// As [`renew`](Self::renew).
    fn shorten(&mut self, to: Duration, conn: &mut Conn) -> Result<LeaseAnswer, Error>
    where
        Conn: LeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        now(lease::shorten(
            lease,
            to,
            &mut Wire::<Blocking<Conn>>::new(conn),
        ))
    }

    /// Ends the lease. A lease that has ended already is [`Done`](LeaseAnswer::Done) as well. The lease of another client is
    /// never ended.
    ///
    /// **Sends** `UPDATE optlock_leases SET fence = fence + 1, expires_at = now WHERE <the lease>`, and if that matches no
    /// row the read of the lease.
    ///
    /// # Errors
    ///
    /// As [`renew`](Self::renew). The lease then expires.
    fn release(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error>
    where
        Conn: LeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        now(lease::release(
            lease,
            &mut Wire::<Blocking<Conn>>::new(conn),
        ))
    }
}

impl<Conn> LeaseDsl<Conn> for Lease {}

/// The operations on a value whose row can be leased, on the connection `Conn`.
pub trait LeasedDsl<Conn>: Versioned + Sized {
    /// Saves the value if the version is the row's **and the lease is held**.
    ///
    /// Nobody takes the lease over between the check and the commit: the row of the lease is locked to the end of the
    /// transaction, before the row of the model. A save that waits for the lock of the model's row longer than the lease lasts
    /// writes all the same, because no other client has got the lease. The lease outlasts the save, whether it succeeds or
    /// not.
    ///
    /// **Sends** on PostgreSQL and SQLite one statement, `UPDATE t SET .. WHERE key AND version = expected AND EXISTS (<the
    /// lease>)`, which on PostgreSQL locks the lease by `FOR SHARE`; on MySQL, MariaDB and an enum of connections
    /// `SELECT .. FROM optlock_leases .. FOR UPDATE` before it, and outside a transaction one around both. A value
    /// that changes nothing sends no update, and the lease is not asked for then.
    ///
    /// **In memory** as [`save_checked`](crate::VersionedDsl::save_checked).
    ///
    /// # Errors
    ///
    /// - [`Error::LeaseLost`]: with what happened to the lease, and the conflict if the version is stale as well; also for
    ///   the lease of another row.
    /// - Those of [`save_checked`](crate::VersionedDsl::save_checked). A conflict means that the lease is held, and that
    ///   somebody has written who did not ask for one.
    fn save_leased(&mut self, lease: &Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::SaveLeased<Conn>,
    {
        methods::SaveLeased::save_leased(self, lease, conn)
    }

    /// Saves the value as [`save_leased`](Self::save_leased), and ends the lease in the same transaction.
    ///
    /// **Sends** the statements of `save_leased`, and `UPDATE optlock_leases SET fence = fence + 1, expires_at = now WHERE <the lease>`, in a
    /// transaction. **In memory** the lease is lost if the transaction was committed; otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// As [`save_leased`](Self::save_leased), and [`Error::AlreadyInTransaction`]: a rollback would leave a lease that
    /// looks released.
    fn save_and_release(&mut self, lease: &mut Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::SaveLeased<Conn>,
    {
        methods::SaveLeased::save_and_release(self, lease, conn)
    }

    /// Deletes the row if the version is the row's **and the lease is held**: as [`save_leased`](Self::save_leased), with
    /// a `DELETE`. The record of the lease stays until it is [purged](lease::purge).
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`], and those of [`delete_checked`](crate::VersionedDsl::delete_checked).
    fn delete_leased(&self, lease: &Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::DeleteLeased<Conn>,
    {
        methods::DeleteLeased::delete_leased(self, lease, conn)
    }

    /// Who edits the row, and who looks at it.
    ///
    /// **Sends** one query, `SELECT .. FROM optlock_leases WHERE .. UNION ALL SELECT .. FROM optlock_presence WHERE ..`. The key
    /// is that of the value, which must be spelled as the row's: load it.
    ///
    /// # Errors
    ///
    /// The database's.
    fn lease_status(&self, conn: &mut Conn) -> Result<RowStatus, Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        methods::LookUpLease::lease_status(self, conn)
    }

    /// Leaves a wish with the holder of the lease, whose next [`renew`](LeaseDsl::renew) shows it, and returns who that
    /// is; `None` if nobody has the lease. A later wish replaces it, and a new lease begins without one.
    ///
    /// **Sends** `UPDATE optlock_leases SET wished_by = ? .. WHERE .. AND expires_at > now`, and the read of the lease.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseName`], [`Error::AlreadyInTransaction`], and the database's.
    fn ask_for_lease(&self, who: &str, conn: &mut Conn) -> Result<Option<LeaseStatus>, Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        methods::LookUpLease::ask_for_lease(self, who, conn)
    }

    /// Shows others that a person (`who`) looks at the row on a page, for some time (`ttl`): repeat it while the page is
    /// open, three times in that time. It holds nothing, and no write asks for it.
    ///
    /// **Sends** `UPDATE optlock_presence SET .., expires_at = now + ? WHERE ..`, and the first time an `INSERT` as well. The
    /// database's clock decides when it ends. The key is that of the value, which must be spelled as the row's: load it. Whether
    /// the row is there is not checked.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseName`]: the person or the page has no bytes, or more than 255. [`Error::AlreadyInTransaction`], and the
    /// database's.
    fn viewing(&self, who: &str, page: &str, ttl: Duration, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        methods::LookUpLease::viewing(self, who, page, ttl, conn)
    }

    /// Shows others no longer that a person looks at the row on that page: it is closed. Of a page that is not shown it does
    /// nothing.
    ///
    /// **Sends** `DELETE FROM optlock_presence WHERE ..`.
    ///
    /// # Errors
    ///
    /// As [`viewing`](Self::viewing).
    fn stop_viewing(&self, who: &str, page: &str, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        methods::LookUpLease::stop_viewing(self, who, page, conn)
    }
}

impl<M: Versioned, Conn> LeasedDsl<Conn> for M {}

/// The operations on a slice of values whose rows can be leased, on the connection `Conn`.
pub trait LeasedSliceDsl<Conn> {
    /// The model.
    type Model;

    /// Who edits the rows, and who looks at them, in their order: for a list page.
    ///
    /// **Sends** one query, that of [`lease_status`](LeasedDsl::lease_status) with `row_hash IN (..)`, for each 400 rows. The
    /// keys are those of the values.
    ///
    /// # Errors
    ///
    /// The database's.
    fn lease_statuses(&self, conn: &mut Conn) -> Result<Vec<RowStatus>, Error>
    where
        Self::Model: methods::LookUpLease<Conn>;
}

impl<M: Versioned, Conn> LeasedSliceDsl<Conn> for [M] {
    type Model = M;

    fn lease_statuses(&self, conn: &mut Conn) -> Result<Vec<RowStatus>, Error>
    where
        M: methods::LookUpLease<Conn>,
    {
        methods::LookUpLease::lease_statuses(self, conn)
    }
}
