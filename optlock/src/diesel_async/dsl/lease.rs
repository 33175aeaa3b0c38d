//! The operations on leases, on an async connection.

use super::methods;
use crate::diesel_async::{AsyncLeaseConnection, Sending};
use crate::error::Error;
use crate::executes::{Waiting, Wire};
use crate::lease::{
    self, How, IsLease, Lease, LeaseAnswer, LeaseRequest, LeaseStatus, LeaseTime, RowStatus,
};
use crate::versioned::Versioned;
use std::time::Duration;

/// What is done with a [`Lease`], on the async connection `Conn`: that of [`optlock::LeaseDsl`](crate::LeaseDsl).
///
/// **Dropped while it waits**, an operation may have been done all the same: a lease that was acquired and not
/// returned lasts until it expires, or its owner acquires it again.
pub trait LeaseDsl<Conn>: IsLease {
    /// Acquires the lease of the model's row. As the [blocking one](crate::LeaseDsl::acquire).
    fn acquire<'a, M>(
        model: &'a M,
        owner: &'a str,
        holder: &'a str,
        ttl: impl Into<LeaseTime>,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Self, Error>>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::Free);
        acquired(model, request, conn)
    }

    /// Acquires the lease of the model's row, if the version in memory is the row's. As the
    /// [blocking one](crate::LeaseDsl::acquire_checked).
    fn acquire_checked<'a, M>(
        model: &'a M,
        owner: &'a str,
        holder: &'a str,
        ttl: impl Into<LeaseTime>,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Self, Error>>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::Checked);
        acquired(model, request, conn)
    }

    /// Acquires the lease of the model's row, whoever has it. As the [blocking one](crate::LeaseDsl::steal).
    fn steal<'a, M>(
        model: &'a M,
        owner: &'a str,
        holder: &'a str,
        ttl: impl Into<LeaseTime>,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Self, Error>>
    where
        M: methods::AcquireLease<Conn>,
    {
        let request = LeaseRequest::new(owner, holder, ttl, How::ByForce);
        acquired(model, request, conn)
    }

    /// Goes on with a lease of the model's row by its token. As the [blocking one](crate::LeaseDsl::resume).
    fn resume<'a, M>(
        model: &'a M,
        token: &'a str,
        ttl: impl Into<LeaseTime>,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Self, Error>>
    where
        M: methods::LookUpLease<Conn>,
    {
        let resuming = model.resume_lease(token, ttl.into(), conn);
        Box::pin(async { resuming.await.map(Self::from) })
    }

    /// Moves the end of the lease to its time from now. As the [blocking one](crate::LeaseDsl::renew).
    fn renew<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<LeaseAnswer, Error>>
    where
        Conn: AsyncLeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        Box::pin(async move { lease::renew(lease, &mut Wire::<Waiting<Conn>>::new(conn)).await })
    }

    /// Brings the end of the lease forward. As the [blocking one](crate::LeaseDsl::shorten).
    fn shorten<'a>(
        &'a mut self,
        to: Duration,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<LeaseAnswer, Error>>
    where
        Conn: AsyncLeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        Box::pin(
            async move { lease::shorten(lease, to, &mut Wire::<Waiting<Conn>>::new(conn)).await },
        )
    }

    /// Ends the lease. As the [blocking one](crate::LeaseDsl::release).
    fn release<'a>(&'a mut self, conn: &'a mut Conn) -> Sending<'a, Result<LeaseAnswer, Error>>
    where
        Conn: AsyncLeaseConnection,
    {
        let lease: &mut Lease = self.borrow_mut();
        Box::pin(async move { lease::release(lease, &mut Wire::<Waiting<Conn>>::new(conn)).await })
    }
}

impl<Conn> LeaseDsl<Conn> for Lease {}

fn acquired<'a, M, L, Conn>(
    model: &'a M,
    request: LeaseRequest<'a>,
    conn: &'a mut Conn,
) -> Sending<'a, Result<L, Error>>
where
    M: methods::AcquireLease<Conn>,
    L: IsLease,
{
    let acquiring = model.acquire_lease(request, conn);
    Box::pin(async { acquiring.await.map(L::from) })
}

/// The operations on a value whose row can be leased, on the async connection `Conn`: those of
/// [`optlock::LeasedDsl`](crate::LeasedDsl).
pub trait LeasedDsl<Conn>: Versioned + Sized {
    /// Saves the value if the version is the row's and the lease is held. As the
    /// [blocking one](crate::LeasedDsl::save_leased).
    fn save_leased<'a>(
        &'a mut self,
        lease: &'a Lease,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::SaveLeased<Conn>,
    {
        Box::pin(methods::SaveLeased::save_leased(self, lease, conn))
    }

    /// Saves the value, and ends the lease in the same transaction. As the
    /// [blocking one](crate::LeasedDsl::save_and_release).
    fn save_and_release<'a>(
        &'a mut self,
        lease: &'a mut Lease,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::SaveLeased<Conn>,
    {
        Box::pin(methods::SaveLeased::save_and_release(self, lease, conn))
    }

    /// Deletes the row if the version is the row's and the lease is held. As the
    /// [blocking one](crate::LeasedDsl::delete_leased).
    fn delete_leased<'a>(
        &'a self,
        lease: &'a Lease,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::DeleteLeased<Conn>,
    {
        Box::pin(methods::DeleteLeased::delete_leased(self, lease, conn))
    }

    /// Who edits the row, and who looks at it. As the [blocking one](crate::LeasedDsl::lease_status).
    fn lease_status<'a>(&'a self, conn: &'a mut Conn) -> Sending<'a, Result<RowStatus, Error>>
    where
        Self: methods::LookUpLease<Conn>,
    {
        Box::pin(methods::LookUpLease::lease_status(self, conn))
    }

    /// Leaves a wish with the holder of the lease. As the [blocking one](crate::LeasedDsl::ask_for_lease).
    fn ask_for_lease<'a>(
        &'a self,
        who: &'a str,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<LeaseStatus>, Error>>
    where
        Self: methods::LookUpLease<Conn>,
    {
        Box::pin(methods::LookUpLease::ask_for_lease(self, who, conn))
    }

    /// Shows others that a person looks at the row on a page. As the [blocking one](crate::LeasedDsl::viewing).
    fn viewing<'a>(
        &'a self,
        who: &'a str,
        page: &'a str,
        ttl: Duration,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::LookUpLease<Conn>,
    {
        Box::pin(methods::LookUpLease::viewing(self, who, page, ttl, conn))
    }

    /// Shows others no longer that a person looks at the row on that page. As the
    /// [blocking one](crate::LeasedDsl::stop_viewing).
    fn stop_viewing<'a>(
        &'a self,
        who: &'a str,
        page: &'a str,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<(), Error>>
    where
        Self: methods::LookUpLease<Conn>,
    {
        Box::pin(methods::LookUpLease::stop_viewing(self, who, page, conn))
    }
}

impl<M: Versioned, Conn> LeasedDsl<Conn> for M {}

/// The operations on a slice of values whose rows can be leased, on the async connection `Conn`: those of
/// [`optlock::LeasedSliceDsl`](crate::LeasedSliceDsl).
pub trait LeasedSliceDsl<Conn> {
    /// The model.
    type Model;

    /// Who edits the rows, and who looks at them, in their order. As the
    /// [blocking one](crate::LeasedSliceDsl::lease_statuses).
    fn lease_statuses<'a>(
        &'a self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Vec<RowStatus>, Error>>
    where
        Self::Model: methods::LookUpLease<Conn>;
}

impl<M: Versioned, Conn> LeasedSliceDsl<Conn> for [M] {
    type Model = M;

    fn lease_statuses<'a>(
        &'a self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Vec<RowStatus>, Error>>
    where
        M: methods::LookUpLease<Conn>,
    {
        Box::pin(methods::LookUpLease::lease_statuses(self, conn))
    }
}
