//! Connections of both faces, under one trait.

use super::edit::Edit;
use super::tables::{Model, Numbered, Timed, Unique};
use crate::history::Face;
use diesel::result::ConnectionError;
use diesel_async::AsyncConnection;
use optlock::lease::{Lease, LeaseAnswer, LeaseConnection};
use optlock::retry::Policy;
use optlock::{Attempt, Error, Field, LostAttempt, Refreshed, Resolved, Saved, Tracked, Upserted};
use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How an operation ended.
pub type Answer<T> = Result<T, Failure>;

#[derive(Debug)]
pub enum Failure {
    Failed(Error),
    /// The future was dropped before it was done.
    Dropped,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What a client does through a connection, whatever it is to, and of whichever face.
pub trait Session: Operates<Numbered> + Operates<Unique> + Operates<Timed> + Send {
    fn face(&self) -> Face;

    /// Futures of operations are dropped when they have lasted for so long. A blocking call cannot be dropped.
    fn drop_after(&mut self, limit: Option<Duration>);

    fn execute(&mut self, sql: &str) -> Answer<()>;

    /// Creates optlock's tables of leases.
    fn create_leases(&mut self) -> Answer<()>;

    fn renew(&mut self, lease: &mut Lease) -> Answer<LeaseAnswer>;

    fn release(&mut self, lease: &mut Lease) -> Answer<LeaseAnswer>;
}

/// A session in a box. Its type has no lifetime, unlike a plain `dyn Session` in an argument.
pub type AnySession = dyn Session + 'static;

/// The operations on a model. They are optlock's of the same names.
pub trait Operates<M: Model> {
    fn load(&mut self, key: i32) -> Answer<Option<M>>;
    fn check(&mut self, value: &M) -> Answer<()>;
    fn refresh(&mut self, value: &mut M) -> Answer<Refreshed<M>>;
    fn save(&mut self, value: &mut M) -> Answer<()>;
    fn attempt(&mut self, attempt: &mut Attempt<'_, M>) -> Answer<Saved>;
    fn resolve(&mut self, lost: &mut LostAttempt<'_, M>) -> Answer<Resolved<M>>;
    fn touch(&mut self, value: &mut M) -> Answer<()>;
    fn force(&mut self, value: &mut M) -> Answer<()>;
    fn upsert(&mut self, value: &mut M) -> Answer<Upserted>;
    fn delete(&mut self, value: &M) -> Answer<()>;
    fn merge(&mut self, value: &mut Tracked<M>) -> Answer<Vec<Field>>;
    fn save_all(&mut self, values: &mut [M]) -> Answer<()>;

    /// Locks the row in a transaction.
    fn lock(&mut self, value: &M) -> Answer<()>;

    /// Edits and saves each value in one transaction, which is rolled back at its end if `rolled_back` says so.
    fn transaction(&mut self, values: &mut [M], edits: &[Edit], end: End) -> Answer<Ended>;

    /// Loads, edits and saves. `seen` is what the last attempt has loaded.
    fn retry(&mut self, key: i32, edit: Edit, seen: &Mutex<Option<M>>) -> Answer<Option<M>>;

    fn acquire(&mut self, value: &M, owner: &str, holder: &str, ttl: Duration) -> Answer<Lease>;
    fn steal(&mut self, value: &M, owner: &str, holder: &str, ttl: Duration) -> Answer<Lease>;
    fn save_leased(&mut self, value: &mut M, lease: &Lease) -> Answer<()>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Commit,
    RollBack,
}

/// How a transaction ended without an error of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Committed,
    RolledBack,
}

/// The error of a transaction, which can be rolled back on purpose.
enum Stop {
    OnPurpose,
    Failed(Error),
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A connection of Diesel's.
pub(super) struct Blocking<C>(C);

/// A connection of diesel-async.
pub(super) struct Waiting<C> {
    conn: C,
    limit: Option<Duration>,
}

/// Drives the sockets and timers of async connections, also while nobody waits for them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    #[allow(clippy::expect_used)] // without it there is nothing to run
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("tokio has threads")
});

/// Opens a blocking connection.
pub(super) fn blocking<C>(url: &str) -> Result<Blocking<C>, ConnectionError>
where
    C: diesel::Connection,
{
    C::establish(url).map(Blocking)
}

/// Opens an async connection.
pub(super) fn waiting<C: AsyncConnection + 'static>(
    url: &str,
) -> Result<Waiting<C>, ConnectionError> {
    let opened = async { tokio::time::timeout(OPENED_WITHIN, C::establish(url)).await };
    let conn = RUNTIME.block_on(opened).unwrap_or_else(|_| {
        Err(ConnectionError::BadConnection(
            "the server does not answer".to_owned(),
        ))
    })?;
    Ok(Waiting { conn, limit: None })
}

const OPENED_WITHIN: Duration = Duration::from_secs(5);

/// Waits for an operation on an async connection, or drops it.
fn within<T>(limit: Option<Duration>, operation: impl Future<Output = Answer<T>>) -> Answer<T> {
    RUNTIME.block_on(async {
        match limit {
            None => operation.await,
            Some(limit) => tokio::time::timeout(limit, operation)
                .await
                .unwrap_or(Err(Failure::Dropped)),
        }
    })
}

/// Many clients of few rows retry until they are through; how long that may take is bounded.
fn policy() -> Policy {
    Policy::new()
        .attempts(5)
        .within(Duration::from_secs(3))
        .backoff(Duration::from_millis(2), Duration::from_millis(50))
}

fn keep<M: Clone>(seen: &Mutex<Option<M>>, value: &Option<M>) {
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone_from(value);
}

/// The operations on the connections of one face. Behind each call of optlock stands `$wait`, and before each
/// body of a transaction `$sync`.
macro_rules! operations {
    (
        $Session:ident<$C:ident: $Bound:path>, $($optlock:ident)::+, $face:expr, [$($wait:tt)*], [$($sync:tt)*],
        $run:ident, drop_after $drop_after:expr
    ) => {
        const _: () = {
            use $($optlock)::+::prelude::*;
            use $($optlock)::+::{lease, methods, retry, transaction};

            impl<$C> Session for $Session<$C>
            where
                $C: $Bound + Send,
                Self: Operates<Numbered> + Operates<Unique> + Operates<Timed>,
            {
                fn face(&self) -> Face {
                    $face
                }

                fn drop_after(&mut self, limit: Option<Duration>) {
                    $drop_after(self, limit);
                }

                fn execute(&mut self, sql: &str) -> Answer<()> {
                    $run!(self, conn, conn.batch_execute(sql) $($wait)*.map_err(Error::from))
                }

                fn create_leases(&mut self) -> Answer<()> {
                    $run!(self, conn, lease::create_table(conn) $($wait)*)
                }

                fn renew(&mut self, lease: &mut Lease) -> Answer<LeaseAnswer> {
                    $run!(self, conn, LeaseDsl::renew(lease, conn) $($wait)*)
                }

                fn release(&mut self, lease: &mut Lease) -> Answer<LeaseAnswer> {
                    $run!(self, conn, LeaseDsl::release(lease, conn) $($wait)*)
                }
            }

            impl<M, $C> Operates<M> for $Session<$C>
            where
                $C: $Bound + Send,
                M: Model
                    + methods::Save<$C>
                    + methods::Touch<$C>
                    + methods::ForceSave<$C>
                    + methods::Upsert<$C>
                    + methods::Delete<$C>
                    + methods::SaveMerged<$C>
                    + methods::SaveAll<$C>
                    + methods::LockRow<$C>
                    + methods::CheckCurrent<$C>
                    + methods::Refresh<$C>
                    + methods::LoadCurrent<$C>
                    + methods::Resolve<$C>
                    + methods::AcquireLease<$C>
                    + methods::SaveLeased<$C>,
            {
                fn load(&mut self, key: i32) -> Answer<Option<M>> {
                    $run!(self, conn, M::unstored(key).load_current(conn) $($wait)*)
                }

                fn check(&mut self, value: &M) -> Answer<()> {
                    $run!(self, conn, value.check_current(conn) $($wait)*)
                }

                fn refresh(&mut self, value: &mut M) -> Answer<Refreshed<M>> {
                    $run!(self, conn, value.refresh(conn) $($wait)*)
                }

                fn save(&mut self, value: &mut M) -> Answer<()> {
                    $run!(self, conn, value.save_checked(conn) $($wait)*)
                }

                fn attempt(&mut self, attempt: &mut Attempt<'_, M>) -> Answer<Saved> {
                    $run!(self, conn, attempt.save_checked(conn) $($wait)*)
                }

                fn resolve(&mut self, lost: &mut LostAttempt<'_, M>) -> Answer<Resolved<M>> {
                    $run!(self, conn, lost.resolve(conn) $($wait)*)
                }

                fn touch(&mut self, value: &mut M) -> Answer<()> {
                    $run!(self, conn, value.touch_checked(conn) $($wait)*)
                }

                fn force(&mut self, value: &mut M) -> Answer<()> {
                    $run!(self, conn, value.force_save(conn) $($wait)*)
                }

                fn upsert(&mut self, value: &mut M) -> Answer<Upserted> {
                    $run!(self, conn, value.upsert_checked(conn) $($wait)*)
                }

                fn delete(&mut self, value: &M) -> Answer<()> {
                    $run!(self, conn, value.delete_checked(conn) $($wait)*)
                }

                fn merge(&mut self, value: &mut Tracked<M>) -> Answer<Vec<Field>> {
                    $run!(self, conn, value.save_merged(conn) $($wait)*)
                }

                fn save_all(&mut self, values: &mut [M]) -> Answer<()> {
                    $run!(self, conn, values.save_all_checked(conn) $($wait)*)
                }

                fn lock(&mut self, value: &M) -> Answer<()> {
                    $run!(self, conn, transaction(conn, (), $($sync)* |conn: &mut $C, ()| {
                        value.lock_checked(conn) $($wait)*
                    }) $($wait)*)
                }

                fn transaction(&mut self, values: &mut [M], edits: &[Edit], end: End) -> Answer<Ended> {
                    $run!(self, conn, {
                        let result = transaction(conn, values, $($sync)* |conn: &mut $C, values: &mut [M]| {
                            for (value, edit) in values.iter_mut().zip(edits) {
                                edit.apply(value);
                                value.save_checked(conn) $($wait)*?;
                            }
                            match end {
                                End::Commit => Ok(Ended::Committed),
                                End::RollBack => Err(Stop::OnPurpose),
                            }
                        }) $($wait)*;
                        match result {
                            Ok(ended) => Ok(ended),
                            Err(Stop::OnPurpose) => Ok(Ended::RolledBack),
                            Err(Stop::Failed(error)) => Err(error),
                        }
                    })
                }

                fn retry(&mut self, key: i32, edit: Edit, seen: &Mutex<Option<M>>) -> Answer<Option<M>> {
                    $run!(self, conn, retry(policy(), conn, $($sync)* |conn: &mut $C| {
                        let mut loaded: Option<M> = M::unstored(key).load_current(conn) $($wait)*?;
                        keep(seen, &loaded);
                        if let Some(value) = &mut loaded {
                            edit.apply(value);
                            value.save_checked(conn) $($wait)*?;
                        }
                        Ok::<_, Error>(loaded)
                    }) $($wait)*.map_err(Error::from))
                }

                fn acquire(&mut self, value: &M, owner: &str, holder: &str, ttl: Duration) -> Answer<Lease> {
                    $run!(self, conn, Lease::acquire(value, owner, holder, ttl, conn) $($wait)*)
                }

                fn steal(&mut self, value: &M, owner: &str, holder: &str, ttl: Duration) -> Answer<Lease> {
                    $run!(self, conn, Lease::steal(value, owner, holder, ttl, conn) $($wait)*)
                }

                fn save_leased(&mut self, value: &mut M, lease: &Lease) -> Answer<()> {
                    $run!(self, conn, value.save_leased(lease, conn) $($wait)*)
                }
            }
        };
    };
}

macro_rules! at_once {
    ($session:ident, $conn:ident, $operation:expr) => {{
        let $conn = &mut $session.0;
        $operation.map_err(Failure::from)
    }};
}

macro_rules! awaited {
    ($session:ident, $conn:ident, $operation:expr) => {{
        let Waiting { conn: $conn, limit } = $session;
        within(*limit, async { $operation.map_err(Failure::from) })
    }};
}

operations!(
    Blocking<C: LeaseConnection>, optlock, Face::Blocking, [], [], at_once,
    drop_after |_: &mut Self, _| {}
);
operations!(
    Waiting<C: optlock::diesel_async::AsyncLeaseConnection>, optlock::diesel_async, Face::Waiting, [.await], [async], awaited,
    drop_after |session: &mut Self, limit| session.limit = limit
);
