//! Renews a lease as long as somebody edits, on async connections.

use super::{AsyncLeaseConnection, Sending};
use crate::error::LeaseLoss;
use crate::executes::{Waiting, Wire};
use crate::lease::{
    Lease, LeaseAnswer, Next, Released, after, operation, report_unanswered, to_next,
};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// Renews a lease in a task of its own, at a third of its time, until it is closed, dropped, or the lease is lost:
/// [`optlock::lease::LeaseKeeper`](crate::lease::LeaseKeeper) on async connections. **A loss is reported in time also if no
/// renewal is answered**: a renewal that hangs is dropped when the lease may have expired.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let url = std::env::temp_dir().join(format!("optlock-async-keeper-{}.sqlite", std::process::id()));
/// # let url = url.to_str().expect("a name").to_owned();
/// # let folder = url.clone();
/// # type Conn = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<SqliteConnection>;
/// # use diesel_async::AsyncConnection as _;
/// # let conn = &mut Conn::establish(&url).await?;
/// # diesel::sql_query("CREATE TABLE IF NOT EXISTS contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1)").execute(conn).await?;
/// # diesel::sql_query("INSERT OR IGNORE INTO contacts (id, name) VALUES (1, 'Ann')").execute(conn).await?;
/// use optlock::diesel_async::lease::{self, LeaseKeeper};
/// use optlock::lease::Lease;
/// use std::time::Duration;
///
/// lease::create_table(conn).await?;
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
/// let lease = Lease::acquire_checked(&ann, "amy", "page 1", Duration::from_secs(60), conn).await?;
///
/// // Each renewal takes a connection: of a pool, `move || { let pool = pool.clone(); async move { pool.get().await } }`
/// let connect = move || {
///     let url = url.clone();
///     async move { Conn::establish(&url).await }
/// };
/// let (mut keeper, keeping) = LeaseKeeper::new(lease, connect, tokio::time::sleep);
/// tokio::spawn(keeping);
///
/// tokio::select! {
///     loss = keeper.lost() => eprintln!("{loss}"),
///     () = async { /* .. while the person edits .. */ } => {}
/// }
/// assert!(keeper.close().await?.is_done());
/// # std::fs::remove_file(folder)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "dropped, it releases the lease"]
pub struct LeaseKeeper {
    lease: Lease,
    /// Sent or dropped, it ends the task.
    end: oneshot::Sender<()>,
    loss: Loss,
    released: oneshot::Receiver<Released>,
}

/// What is known of a loss.
enum Loss {
    Unknown(oneshot::Receiver<LeaseLoss>),
    Known(LeaseLoss),
}

impl LeaseKeeper {
    /// The keeper of a lease, and the future that renews it, through connections that `connect` returns, one for each
    /// renewal. **Spawn the future**, or nothing is renewed. `sleep` is `tokio::time::sleep`, or that of another runtime.
    pub fn new<C, E, Connecting, Sleeping>(
        lease: Lease,
        connect: impl FnMut() -> Connecting + Send + 'static,
        sleep: impl Fn(Duration) -> Sleeping + Send + 'static,
    ) -> (Self, Sending<'static, ()>)
    where
        C: AsyncLeaseConnection,
        E: Into<Box<dyn StdError + Send + Sync>> + Send,
        Connecting: Future<Output = Result<C, E>> + Send,
        Sleeping: Future<Output = ()> + Send,
    {
        let (end, ended) = oneshot::channel();
        let (lost, loss) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let kept = lease.shared();
        let keeping = Box::pin(async move {
            // Nobody waits for it if the keeper was dropped.
            let _ = release.send(keep(kept, connect, sleep, ended, lost).await);
        });
        let keeper = Self {
            lease,
            end,
            loss: Loss::Unknown(loss),
            released,
        };
        (keeper, keeping)
    }

    /// The lease, for the writes that ask for it.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Waits until the lease is lost, and says why. It can be dropped, and called again.
    /// [`NoAnswer`](LeaseLoss::NoAnswer) also if the future that renews it was dropped, or has panicked.
    pub async fn lost(&mut self) -> LeaseLoss {
        let loss = match &mut self.loss {
            Loss::Known(loss) => return loss.clone(),
            Loss::Unknown(loss) => match loss.await {
                Ok(loss) => loss,
                // Nobody renews the lease any more.
                Err(_) => {
                    report_unanswered(&self.lease, &LeaseLoss::NoAnswer);
                    LeaseLoss::NoAnswer
                }
            },
        };
        self.loss = Loss::Known(loss.clone());
        loss
    }

    /// Ends the lease, and waits until that is done.
    ///
    /// # Errors
    ///
    /// That of `connect`, an [`Error`](crate::Error) of [`release`](super::LeaseDsl::release), or that the future which
    /// renews the lease was dropped. The lease then expires.
    pub async fn close(self) -> Result<LeaseAnswer, Box<dyn StdError + Send + Sync>> {
        drop(self.end);
        let released = self.released.await;
        released.unwrap_or_else(|_| Err("the future that keeps the lease was dropped".into()))
    }
}

/// Keeps the lease until it is to end, or is lost.
async fn keep<C, E, Connecting, Sleeping>(
    mut lease: Lease,
    mut connect: impl FnMut() -> Connecting,
    sleep: impl Fn(Duration) -> Sleeping,
    mut ended: oneshot::Receiver<()>,
    lost: oneshot::Sender<LeaseLoss>,
) -> Released
where
    C: AsyncLeaseConnection,
    E: Into<Box<dyn StdError + Send + Sync>>,
    Connecting: Future<Output = Result<C, E>>,
    Sleeping: Future<Output = ()>,
{
    let mut wait = to_next(&lease);
    // How many writes under the lease had ended before the renewal that was answered last.
    let mut answered = lease.written();
    while let Either::Left(_) = select(pin!(sleep(wait)), &mut ended).await {
        let written = lease.written();
        let renewing = pin!(renewed(lease.shared(), &mut connect));
        let renewed = match select(renewing, pin!(sleep(lease.remaining()))).await {
            Either::Left((renewed, _)) => renewed,
            Either::Right(((), renewing)) if lease.may_be_locked(answered) => renewing.await,
            Either::Right(_) => None,
        };
        if renewed.is_some() {
            answered = written;
        }
        match after(&lease, renewed) {
            Next::Renew(after) => wait = after,
            Next::Lost(loss) => {
                report_unanswered(&lease, &loss);
                let _ = lost.send(loss.clone());
                return Ok(LeaseAnswer::Lost(loss));
            }
        }
    }
    let mut conn = connect().await.map_err(Into::into)?;
    Ok(operation::release(&mut lease, &mut Wire::<Waiting<C>>::new(&mut conn)).await?)
}

/// Renews the lease. The answer is `None` if there was none.
async fn renewed<C, E, Connecting>(
    mut lease: Lease,
    connect: &mut impl FnMut() -> Connecting,
) -> Option<LeaseAnswer>
where
    C: AsyncLeaseConnection,
    Connecting: Future<Output = Result<C, E>>,
{
    let mut conn = connect().await.ok()?;
    let renewed = operation::renew(&mut lease, &mut Wire::<Waiting<C>>::new(&mut conn)).await;
    renewed.ok()
}

impl fmt::Debug for LeaseKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseKeeper")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
