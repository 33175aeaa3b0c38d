//! The names of [`optlock_tests::prelude`](crate::prelude), of which each runs the async operation.

use super::block_on;
use diesel::result::Error as DieselError;
use optlock::diesel_async::{
    self as waiting, AsyncCatalogueConnection, AsyncLeaseConnection, AsyncTransactionConnection,
};
use optlock::fingerprint::FingerprintBuilder;
use optlock::http::{Failure, IfMatch};
use optlock::lease::{Lease, LeaseAnswer, LeaseStatus, LeaseTime, RowStatus};
use optlock::methods::Described;
use optlock::retry::{AsyncSleep, Notify, Policy, RetryError, When};
use optlock::seal::Seal;
use optlock::verify::{Checks, Report};
use optlock::{
    Attempt, Chunk, Chunks, Error, FailedChunk, Field, LostAttempt, Outcome, Reborrow, Refreshed,
    Resolved, Saved, TransactionOptions, Upserted, Values,
};
use send_wrapper::SendWrapper;
use std::borrow::BorrowMut;
use std::future::{Ready, ready};
use std::time::Duration;

pub use super::methods;
pub use diesel::connection::SimpleConnection;
pub use diesel::prelude::*;
pub use optlock::http::Conditional;
pub use optlock::{Diff, Fingerprint, FormDsl, MakeAttempt, Tracked, Unversioned, Versioned};

/// Methods that hand on to those of [`methods`].
macro_rules! handed_on {
    ($(
        fn $method:ident $(<$T:ident>)? ($this:ident: $This:ty $(, $argument:ident: $type:ty)?) -> $result:ty
            where $Model:ident: $Operation:ident $(<_, $Loaded:ident>)? $(+ $Also:ident)*
            = $by:ident($($given:expr),+);
    )+) => {$(
        fn $method $(<$T>)? ($this: $This, $($argument: $type,)? conn: &mut Conn) -> $result
        where
            $Model: methods::$Operation<Conn $(, $Loaded)?> $(+ $Also)*,
        {
            methods::$Operation::$by($($given,)+ conn)
        }
    )+};
}

pub trait VersionedDsl<Conn>: Sized {
    handed_on! {
        fn save_checked(self: &mut Self) -> Result<(), Error>
            where Self: Save = save_checked(self);
        fn save_or_load(self: &mut Self) -> Result<Outcome<Self>, Error>
            where Self: SaveOrLoad = save_or_load(self);
        fn save_or_load_as<T>(self: &mut Self) -> Result<Outcome<T>, Error>
            where Self: SaveOrLoad<_, T> = save_or_load(self);
        fn save_merged(self: &mut Self, base: &Self) -> Result<Vec<Field>, Error>
            where Self: SaveMerged = save_merged(self, base);
        fn touch_checked(self: &mut Self) -> Result<(), Error>
            where Self: Touch = touch_checked(self);
        fn upsert_checked(self: &mut Self) -> Result<Upserted, Error>
            where Self: Upsert = upsert_checked(self);
        fn delete_checked(self: &Self) -> Result<(), Error>
            where Self: Delete = delete_checked(self);
        fn check_current(self: &Self) -> Result<(), Error>
            where Self: CheckCurrent = check_current(self);
        fn lock_checked(self: &Self) -> Result<(), Error>
            where Self: LockRow = lock_checked(self);
        fn load_current(self: &Self) -> Result<Option<Self>, Error>
            where Self: LoadCurrent = load_current(self);
        fn load_current_as<T>(self: &Self) -> Result<Option<T>, Error>
            where Self: LoadCurrent<_, T> = load_current(self);
        fn refresh(self: &mut Self) -> Result<Refreshed<Self>, Error>
            where Self: Refresh = refresh(self);
        fn force_save(self: &mut Self) -> Result<(), Error>
            where Self: ForceSave = force_save(self);
        fn force_delete(self: &Self) -> Result<bool, Error>
            where Self: ForceDelete = force_delete(self);
    }
}

impl<M: Versioned, Conn> VersionedDsl<Conn> for M {}

pub trait ConditionalDsl<Conn>: Sized {
    handed_on! {
        fn save_if_match(self: &mut Self, if_match: &IfMatch) -> Result<(), Failure>
            where Self: SaveIfMatch = save_if_match(self, if_match);
        fn touch_if_match(self: &mut Self, if_match: &IfMatch) -> Result<(), Failure>
            where Self: TouchIfMatch = touch_if_match(self, if_match);
        fn delete_if_match(self: &Self, if_match: &IfMatch) -> Result<(), Failure>
            where Self: DeleteIfMatch = delete_if_match(self, if_match);
    }
}

impl<M: Versioned, Conn> ConditionalDsl<Conn> for M {}

pub trait VersionedSliceDsl<M, Conn>: BorrowMut<[M]> {
    handed_on! {
        fn save_all_checked(self: &mut Self) -> Result<(), Error>
            where M: SaveAll = save_all_checked(self.borrow_mut());
        fn delete_all_checked(self: &Self) -> Result<(), Error>
            where M: DeleteAll = delete_all_checked(self.borrow());
        fn save_each_checked(self: &mut Self) -> Vec<Result<(), Error>>
            where M: SaveEach = save_each_checked(self.borrow_mut());
    }
}

impl<M: Versioned, Conn> VersionedSliceDsl<M, Conn> for [M] {}

pub trait ChunksDsl<M, Conn> {
    fn save_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: waiting::methods::SaveAll<Conn>;

    fn delete_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: waiting::methods::DeleteAll<Conn>;
}

impl<M, I, Conn> ChunksDsl<M, Conn> for Chunks<I>
where
    M: Versioned,
    I: Iterator<Item = M> + Send,
{
    fn save_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: waiting::methods::SaveAll<Conn>,
    {
        block_on(waiting::ChunksDsl::save_next(self, conn))
    }

    fn delete_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: waiting::methods::DeleteAll<Conn>,
    {
        block_on(waiting::ChunksDsl::delete_next(self, conn))
    }
}

pub trait TrackedDsl<M, Conn>: BorrowMut<Tracked<M>> {
    handed_on! {
        fn save_checked(self: &mut Self) -> Result<Saved, Error>
            where M: Save + Diff + Clone = save_tracked(self.borrow_mut());
        fn save_changed(self: &mut Self) -> Result<Saved, Error>
            where M: SaveChanged + Clone = save_changed_tracked(self.borrow_mut());
        fn save_merged(self: &mut Self) -> Result<Vec<Field>, Error>
            where M: SaveMerged + Clone = save_merged_tracked(self.borrow_mut());
        fn save_or_load(self: &mut Self) -> Result<Outcome<M>, Error>
            where M: SaveOrLoad + Diff + Clone = save_or_load_tracked(self.borrow_mut());
        fn save_or_load_as<T>(self: &mut Self) -> Result<Outcome<T>, Error>
            where M: SaveOrLoad<_, T> + Diff + Clone = save_or_load_tracked(self.borrow_mut());
        fn force_save(self: &mut Self) -> Result<(), Error>
            where M: ForceSave + Diff + Clone = force_save_tracked(self.borrow_mut());
        fn touch_checked(self: &mut Self) -> Result<(), Error>
            where M: Touch = touch_tracked(self.borrow_mut());
        fn upsert_checked(self: &mut Self) -> Result<Upserted, Error>
            where M: Upsert + Diff + Clone = upsert_tracked(self.borrow_mut());
        fn refresh(self: &mut Self) -> Result<Refreshed<M>, Error>
            where M: Refresh + Clone = refresh_tracked(self.borrow_mut());
    }
}

impl<M: Versioned, Conn> TrackedDsl<M, Conn> for Tracked<M> {}

pub trait UnversionedDsl<M, Conn>: BorrowMut<Tracked<M>> {
    handed_on! {
        fn save_unchanged(self: &mut Self) -> Result<Saved, Error>
            where M: SaveUnchanged + Clone = save_unchanged_tracked(self.borrow_mut());
    }
}

impl<M, Conn> UnversionedDsl<M, Conn> for Tracked<M> {}

/// Each `save_if_unchanged`.
macro_rules! saves_if_unchanged {
    ($($Dsl:ident for $Subject:ty, $Model:ident: $Derive:ident, $Saved:ty: $Operation:ident;)+) => {$(
        pub trait $Dsl<$Model, Conn> {
            fn save_if_unchanged<'s>(
                &mut self,
                fingerprint: &str,
                seal: &'s Seal<'s>,
                conn: &mut Conn,
                page: impl Fn(&mut Conn, FingerprintBuilder<'s>, &$Model) -> Result<FingerprintBuilder<'s>, Error>,
            ) -> Result<$Saved, Error>
            where
                $Model: waiting::methods::$Operation<Conn> + Diff + Send + Sync,
                Conn: TransactionConnection;
        }

        impl<$Model: $Derive, Conn> $Dsl<$Model, Conn> for $Subject {
            fn save_if_unchanged<'s>(
                &mut self,
                fingerprint: &str,
                seal: &'s Seal<'s>,
                conn: &mut Conn,
                page: impl Fn(&mut Conn, FingerprintBuilder<'s>, &$Model) -> Result<FingerprintBuilder<'s>, Error>,
            ) -> Result<$Saved, Error>
            where
                $Model: waiting::methods::$Operation<Conn> + Diff + Send + Sync,
                Conn: TransactionConnection,
            {
                let page = SendWrapper::new(page);
                let page = |conn: &mut Conn, parts, row: &$Model| ready(page(conn, parts, row));
                block_on(waiting::$Dsl::save_if_unchanged(self, fingerprint, seal, conn, page))
            }
        }
    )+};
}

saves_if_unchanged! {
    FingerprintDsl for M, M: Versioned, (): SaveIfUnchanged;
    TrackedFingerprintDsl for Tracked<M>, M: Versioned, Saved: SaveIfUnchanged;
    UnversionedFingerprintDsl for Tracked<M>, M: Unversioned, Saved: SaveUnversionedIfUnchanged;
}

pub trait AttemptDsl<'a, M: Versioned + 'a, Conn>: BorrowMut<Attempt<'a, M>> {
    handed_on! {
        fn save_checked(self: &mut Self) -> Result<Saved, Error>
            where M: Save = save_attempt(self.borrow_mut());
    }
}

impl<'a, M: Versioned, Conn> AttemptDsl<'a, M, Conn> for Attempt<'a, M> {}

pub trait ResolveDsl<M: Versioned, Conn> {
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<M>, Error>
    where
        M: methods::Resolve<Conn>;
}

impl<M: Versioned, Conn> ResolveDsl<M, Conn> for Attempt<'_, M> {
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<M>, Error>
    where
        M: methods::Resolve<Conn>,
    {
        methods::Resolve::resolve_attempt(self, conn)
    }
}

impl<M: Versioned, Conn> ResolveDsl<M, Conn> for LostAttempt<'_, M> {
    fn resolve(&mut self, conn: &mut Conn) -> Result<Resolved<M>, Error>
    where
        M: methods::Resolve<Conn>,
    {
        methods::Resolve::resolve(self, conn)
    }
}

/// The functions of [`optlock::diesel_async::lease`].
pub mod lease {
    use crate::blocking::block_on;
    use optlock::Error;
    use optlock::diesel_async::{AsyncLeaseConnection, lease as waiting};
    use optlock::lease::LeaseStatus;
    use std::time::Duration;

    pub fn create_table(conn: &mut impl AsyncLeaseConnection) -> Result<(), Error> {
        block_on(waiting::create_table(conn))
    }

    pub fn all_of(
        owner: &str,
        conn: &mut impl AsyncLeaseConnection,
    ) -> Result<Vec<LeaseStatus>, Error> {
        block_on(waiting::all_of(owner, conn))
    }

    pub fn release_all(owner: &str, conn: &mut impl AsyncLeaseConnection) -> Result<usize, Error> {
        block_on(waiting::release_all(owner, conn))
    }

    pub fn purge(
        older_than: Duration,
        conn: &mut impl AsyncLeaseConnection,
    ) -> Result<usize, Error> {
        block_on(waiting::purge(older_than, conn))
    }
}

/// The functions of [`optlock::diesel_async::testing`].
pub mod testing {
    use crate::blocking::block_on;
    use optlock::diesel_async::methods::{CheckMerges, CheckVersioned};
    use optlock::diesel_async::testing as waiting;
    use optlock::testing::Broken;

    macro_rules! checks {
        ($($name:ident -> $result:ty where $Check:ident ($($edit:ident),*);)+) => {$(
            pub fn $name<C, M>(conn: &mut C, model: &M $(, $edit: impl FnOnce(&mut M))*) -> $result
            where
                C: Send,
                M: $Check<C> + Clone + Send + Sync,
            {
                block_on(waiting::$name(conn, model $(, $edit)*))
            }
        )+};
    }

    checks! {
        assert_versioned -> () where CheckVersioned ();
        check_versioned -> Result<(), Broken> where CheckVersioned ();
        assert_scoped -> () where CheckVersioned (edit);
        check_scoped -> Result<(), Broken> where CheckVersioned (edit);
        assert_merges -> () where CheckMerges (mine, theirs);
        check_merges -> Result<(), Broken> where CheckMerges (mine, theirs);
    }
}

pub trait LeaseDsl<Conn>: Sized {
    fn acquire<M: methods::AcquireLease<Conn>>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>;

    fn acquire_checked<M: methods::AcquireLease<Conn>>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>;

    fn steal<M: methods::AcquireLease<Conn>>(
        model: &M,
        owner: &str,
        holder: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>;

    fn resume<M: methods::LookUpLease<Conn>>(
        model: &M,
        token: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error>;

    fn renew(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error>;

    fn shorten(&mut self, to: Duration, conn: &mut Conn) -> Result<LeaseAnswer, Error>;

    fn release(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error>;
}

macro_rules! acquired {
    ($($name:ident)*) => {$(
        fn $name<M: methods::AcquireLease<Conn>>(
            model: &M,
            owner: &str,
            holder: &str,
            ttl: impl Into<LeaseTime>,
            conn: &mut Conn,
        ) -> Result<Self, Error> {
            block_on(waiting::LeaseDsl::$name(model, owner, holder, ttl, conn))
        }
    )*};
}

impl<Conn: AsyncLeaseConnection> LeaseDsl<Conn> for Lease {
    acquired!(acquire acquire_checked steal);

    fn resume<M: methods::LookUpLease<Conn>>(
        model: &M,
        token: &str,
        ttl: impl Into<LeaseTime>,
        conn: &mut Conn,
    ) -> Result<Self, Error> {
        block_on(waiting::LeaseDsl::resume(model, token, ttl, conn))
    }

    fn renew(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error> {
        block_on(waiting::LeaseDsl::renew(self, conn))
    }

    fn shorten(&mut self, to: Duration, conn: &mut Conn) -> Result<LeaseAnswer, Error> {
        block_on(waiting::LeaseDsl::shorten(self, to, conn))
    }

    fn release(&mut self, conn: &mut Conn) -> Result<LeaseAnswer, Error> {
        block_on(waiting::LeaseDsl::release(self, conn))
    }
}

pub trait LeasedDsl<Conn>: Sized {
    fn save_leased(&mut self, lease: &Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::SaveLeased<Conn>,
    {
        block_on(waiting::LeasedDsl::save_leased(self, lease, conn))
    }

    fn save_and_release(&mut self, lease: &mut Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::SaveLeased<Conn>,
    {
        block_on(waiting::LeasedDsl::save_and_release(self, lease, conn))
    }

    fn delete_leased(&self, lease: &Lease, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::DeleteLeased<Conn>,
    {
        block_on(waiting::LeasedDsl::delete_leased(self, lease, conn))
    }

    fn lease_status(&self, conn: &mut Conn) -> Result<RowStatus, Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        block_on(waiting::LeasedDsl::lease_status(self, conn))
    }

    fn ask_for_lease(&self, who: &str, conn: &mut Conn) -> Result<Option<LeaseStatus>, Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        block_on(waiting::LeasedDsl::ask_for_lease(self, who, conn))
    }

    fn viewing(&self, who: &str, page: &str, ttl: Duration, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        block_on(waiting::LeasedDsl::viewing(self, who, page, ttl, conn))
    }

    fn stop_viewing(&self, who: &str, page: &str, conn: &mut Conn) -> Result<(), Error>
    where
        Self: methods::LookUpLease<Conn>,
    {
        block_on(waiting::LeasedDsl::stop_viewing(self, who, page, conn))
    }
}

impl<M: Versioned, Conn> LeasedDsl<Conn> for M {}

pub trait LeasedSliceDsl<M, Conn> {
    fn lease_statuses(&self, conn: &mut Conn) -> Result<Vec<RowStatus>, Error>
    where
        M: methods::LookUpLease<Conn>;
}

impl<M: Versioned, Conn> LeasedSliceDsl<M, Conn> for [M] {
    fn lease_statuses(&self, conn: &mut Conn) -> Result<Vec<RowStatus>, Error>
    where
        M: methods::LookUpLease<Conn>,
    {
        block_on(waiting::LeasedSliceDsl::lease_statuses(self, conn))
    }
}

/// A connection for both, Diesel's statements and optlock's.
pub trait LeaseConnection: Connection + AsyncLeaseConnection {}

impl<C: Connection + AsyncLeaseConnection> LeaseConnection for C {}

/// A connection for both, Diesel's statements and optlock's.
pub trait TransactionConnection: Connection + AsyncTransactionConnection {}

impl<C: Connection + AsyncTransactionConnection> TransactionConnection for C {}

pub trait TransactionDsl {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, E>
    where
        C: TransactionConnection,
        V: Values<Snapshot: Send> + Send,
        R: Send,
        E: From<DieselError> + Send;
}

impl TransactionDsl for TransactionOptions {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, E>
    where
        C: TransactionConnection,
        V: Values<Snapshot: Send> + Send,
        R: Send,
        E: From<DieselError> + Send,
    {
        let body = SendWrapper::new(body);
        let body = directed::<C, V, _, _>(|conn, values| ready(body(conn, values)));
        block_on(waiting::TransactionDsl::run(self, conn, values, body))
    }
}

pub fn transaction<C, V, R, E>(
    conn: &mut C,
    values: V,
    body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
) -> Result<R, E>
where
    C: TransactionConnection,
    V: Values<Snapshot: Send> + Send,
    R: Send,
    E: From<DieselError> + Send,
{
    let body = SendWrapper::new(body);
    let body = directed::<C, V, _, _>(|conn, values| ready(body(conn, values)));
    block_on(waiting::transaction(conn, values, body))
}

pub trait RetryDsl<W, N, S> {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, RetryError<E>>
    where
        C: TransactionConnection,
        V: Values<Snapshot: Send> + Send,
        R: Send,
        E: From<DieselError> + Send,
        W: When<E> + Send + Sync,
        N: Notify<E> + Send + Sync,
        S: AsyncSleep + Send + Sync;
}

impl<W, N, S> RetryDsl<W, N, S> for Policy<W, N, S> {
    fn run<C, V, R, E>(
        self,
        conn: &mut C,
        values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, RetryError<E>>
    where
        C: TransactionConnection,
        V: Values<Snapshot: Send> + Send,
        R: Send,
        E: From<DieselError> + Send,
        W: When<E> + Send + Sync,
        N: Notify<E> + Send + Sync,
        S: AsyncSleep + Send + Sync,
    {
        let body = SendWrapper::new(body);
        let body = directed::<C, V, _, _>(|conn, values| ready(body(conn, values)));
        block_on(waiting::RetryDsl::run(self, conn, values, body))
    }
}

pub fn retry<C, R, E, W, N, S>(
    policy: Policy<W, N, S>,
    conn: &mut C,
    body: impl Fn(&mut C) -> Result<R, E>,
) -> Result<R, RetryError<E>>
where
    C: TransactionConnection,
    R: Send,
    E: From<DieselError> + Send,
    W: When<E> + Send + Sync,
    N: Notify<E> + Send + Sync,
    S: AsyncSleep + Send + Sync,
{
    let body = SendWrapper::new(body);
    block_on(waiting::retry(policy, conn, move |conn: &mut C| {
        ready(body(conn))
    }))
}

/// A closure that lends, which it would not be for the bound of an async function alone.
///
/// A body waits for nothing but what its statements wait for themselves. It is called where it was made, so
/// what it captures need not be fit for threads ([`SendWrapper`]).
fn directed<C, V: Values, T, F>(body: F) -> F
where
    F: for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Ready<T>,
{
    body
}

/// How a policy's `sleep` ends.
pub type Slept = Ready<()>;

pub fn slept() -> Slept {
    ready(())
}

pub fn verify<M: Described>(conn: &mut impl AsyncCatalogueConnection) -> Result<Report, Error> {
    block_on(waiting::verify::<M>(conn))
}

pub fn verify_with<M: Described>(
    checks: Checks<M>,
    conn: &mut impl AsyncCatalogueConnection,
) -> Result<Report, Error> {
    block_on(waiting::verify_with(checks, conn))
}
