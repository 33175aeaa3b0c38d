//! Renews a lease as long as somebody edits.

use super::connection::LeaseConnection;
use super::held::{Lease, LeaseAnswer};
use super::operation::{release, renew};
use crate::error::{Error, LeaseLoss};
use crate::executes::{Blocking, Wire, now};
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The end of a lease that was kept, or why it could not be released: an error of its source of connections, or an
/// [`Error`].
pub(crate) type Released = Result<LeaseAnswer, Box<dyn StdError + Send + Sync>>;

/// What a keeper does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Renews the lease, after this time.
    Renew(Duration),
    /// Reports that it is lost.
    Lost(LeaseLoss),
}

/// After this time the lease is renewed for the first time.
pub(crate) fn first(lease: &Lease) -> Duration {
    (lease.remaining() / 3).max(SHORTEST)
}

/// What comes after a renewal. A third of the time is left for the next one, so that two may fail; after one that has
/// failed, the next one comes soon.
pub(crate) fn after(lease: &Lease, answer: Option<LeaseAnswer>) -> Next {
    match answer {
        Some(LeaseAnswer::Done) => Next::Renew(first(lease)),
        Some(LeaseAnswer::Lost(loss)) => Next::Lost(loss),
        None if lease.is_lost() => Next::Lost(LeaseLoss::NoAnswer),
        None => Next::Renew((lease.remaining() / 8).clamp(SHORTEST, Duration::from_secs(1))),
    }
}

/// A lease that lasts for less is not kept any better by more renewals.
const SHORTEST: Duration = Duration::from_millis(5);

/// Renews a lease in a thread of its own, at a third of its time, until it is closed, dropped, or the lease is lost.
///
/// ```
/// # include!("../doctest_setup.rs");
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let folder = std::env::temp_dir().join(format!("optlock-keeper-{}.sqlite", std::process::id()));
/// # let url = folder.to_str().expect("a name").to_owned();
/// # let conn = &mut SqliteConnection::establish(&url)?;
/// # diesel::sql_query("CREATE TABLE IF NOT EXISTS contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1)").execute(conn)?;
/// # diesel::sql_query("INSERT OR IGNORE INTO contacts (id, name) VALUES (1, 'Ann')").execute(conn)?;
/// use optlock::lease::{self, Lease, LeaseKeeper};
/// use std::time::Duration;
///
/// lease::create_table(conn)?;
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let lease = Lease::acquire_checked(&ann, "amy", "page 1", Duration::from_secs(60), conn)?;
///
/// // Each renewal takes a connection: `move || pool.get()`, of a pool
/// let connect = move || SqliteConnection::establish(&url);
/// let keeper = LeaseKeeper::spawn(lease, connect, |loss| eprintln!("{loss}"))?;
///
/// ann.name = "Ann B.".into(); // .. while the person edits ..
/// ann.save_leased(keeper.lease(), conn)?;
/// assert!(keeper.close()?.is_done());
/// # std::fs::remove_file(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// - **A renewal that waits for a save with this lease is no loss**: the save has locked the lease, so that nobody takes it
///   over.
/// - A connection that is lost is replaced, and the renewal repeated, as long as the lease certainly lasts
///   ([`Lease::remaining`]). After that it is reported as [`LeaseLoss::NoAnswer`].
/// - [`close`](Self::close) releases the lease and waits for it. Dropped, the thread tries to release it, and nobody waits.
///
/// For async connections there is [`optlock::diesel_async::lease::LeaseKeeper`](crate::diesel_async::lease::LeaseKeeper).
#[must_use = "dropped, it releases the lease"]
pub struct LeaseKeeper {
    lease: Lease,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Released>>,
}

/// What the keeper and its thread share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    Keeps,
    IsToEnd,
    Lost(LeaseLoss),
}

impl LeaseKeeper {
    /// Begins to renew the lease, through connections that `connect` returns, one for each renewal. If the lease is lost,
    /// `on_loss` is called at once, in the thread of the keeper.
    ///
    /// # Errors
    ///
    /// That of the system, if there can be no other thread. The lease is not released then, and expires.
    pub fn spawn<C, E>(
        lease: Lease,
        connect: impl FnMut() -> Result<C, E> + Send + 'static,
        on_loss: impl FnOnce(&LeaseLoss) + Send + 'static,
    ) -> io::Result<Self>
    where
        C: LeaseConnection,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Keeps),
            changed: Condvar::new(),
        });
        let (kept, shared_too) = (lease.shared(), Arc::clone(&shared));
        let thread = thread::Builder::new().name("optlock lease".into());
        let thread = thread.spawn(move || keep(kept, &shared_too, connect, on_loss))?;
        Ok(Self {
            lease,
            shared,
            thread: Some(thread),
        })
    }

    /// The lease, for the writes that ask for it.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Why the lease is lost, if the keeper knows that it is.
    pub fn loss(&self) -> Option<LeaseLoss> {
        match &*self.shared.state() {
            State::Lost(loss) => Some(loss.clone()),
            _ => None,
        }
    }

    /// Ends the lease, and waits until that is done.
    ///
    /// # Errors
    ///
    /// That of `connect`, an [`Error`] of [`release`](crate::LeaseDsl::release), or that `on_loss` has panicked. The
    /// lease then expires.
    pub fn close(mut self) -> Result<LeaseAnswer, Box<dyn StdError + Send + Sync>> {
        self.shared.end();
        let thread = self.thread.take().map(JoinHandle::join);
        thread
            .unwrap_or_else(|| Ok(Ok(LeaseAnswer::Done)))
            .unwrap_or_else(|_| Err("the thread of the keeper has panicked".into()))
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.shared.end();
    }
}

/// Keeps the lease until it is to end, or is lost.
fn keep<C, E>(
    mut lease: Lease,
    shared: &Shared,
    mut connect: impl FnMut() -> Result<C, E>,
    on_loss: impl FnOnce(&LeaseLoss),
) -> Released
where
    C: LeaseConnection,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut wait = first(&lease);
    while !shared.is_to_end_within(wait) {
        let renewed = connect().ok().and_then(|mut conn| {
            now(renew(&mut lease, &mut Wire::<Blocking<C>>::new(&mut conn))).ok()
        });
        match after(&lease, renewed) {
            Next::Renew(after) => wait = after,
            Next::Lost(loss) => {
                *shared.state() = State::Lost(loss.clone());
                on_loss(&loss);
                return Ok(LeaseAnswer::Lost(loss));
            }
        }
    }
    let mut conn = connect().map_err(Into::into)?;
    let released: Result<_, Error> = now(release(
        &mut lease,
        &mut Wire::<Blocking<C>>::new(&mut conn),
    ));
    Ok(released?)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lease is no longer kept.
    fn end(&self) {
        let mut state = self.state();
        if let State::Keeps = *state {
            *state = State::IsToEnd;
        }
        self.changed.notify_all();
    }

    /// Waits, and returns whether the lease is no longer to be kept.
    fn is_to_end_within(&self, wait: Duration) -> bool {
        let keeps = |state: &mut State| matches!(state, State::Keeps);
        let waited = self
            .changed
            .wait_timeout_while(self.state(), wait, keeps)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.1.timed_out()
    }
}

impl fmt::Debug for LeaseKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseKeeper")
            .field("lease", &self.lease)
            .field("loss", &self.loss())
            .finish_non_exhaustive()
    }
}
