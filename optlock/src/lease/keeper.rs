//! Renews a lease as long as somebody edits.

use super::connection::LeaseConnection;
use super::held::{Lease, LeaseAnswer};
use super::operation::{release, renew};
use crate::error::{Error, LeaseLoss};
use crate::executes::{Blocking, Wire, now};
use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The end of a lease that was kept, or why it could not be released: an error of its source of connections, or an
/// [`Error`].
pub(crate) type Released = Result<LeaseAnswer, Box<dyn StdError + Send + Sync>>;

/// What a keeper does after a renewal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Renews the lease, after this time.
    Renew(Duration),
    /// Reports that it is lost.
    Lost(LeaseLoss),
}

/// The time to the next renewal: a third of what is left.
pub(crate) fn to_next(lease: &Lease) -> Duration {
    (lease.remaining() / 3).max(SHORTEST)
}

/// Decides what comes after a renewal. It is repeated after a third of the time, so that two may fail, and soon after one
/// that has failed.
pub(crate) fn after(lease: &Lease, answer: Option<LeaseAnswer>) -> Next {
    match answer {
        Some(LeaseAnswer::Done) => Next::Renew(to_next(lease)),
        Some(LeaseAnswer::Lost(loss)) => Next::Lost(loss),
        None if lease.is_lost() => Next::Lost(LeaseLoss::NoAnswer),
        None => Next::Renew((lease.remaining() / 8).clamp(SHORTEST, Duration::from_secs(1))),
    }
}

/// Reports a loss to `tracing` that no answer has reported.
pub(crate) fn report_unanswered(lease: &Lease, loss: &LeaseLoss) {
    if *loss == LeaseLoss::NoAnswer {
        lease.report(loss);
    }
}

/// A lease that lasts for less is not kept any better by more renewals.
const SHORTEST: Duration = Duration::from_millis(5);

/// Renews a lease in a thread of its own, at a third of its time, until it is closed, dropped, or the lease is lost.
/// **A loss is reported in time also if no renewal is answered**: another thread watches the lease.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
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
/// - A connection that is lost is replaced, and the renewal repeated, as long as the lease certainly lasts
///   ([`Lease::remaining`]). After that it is reported as [`LeaseLoss::NoAnswer`], even while `connect` or a renewal still
///   waits for an answer; what is answered later is released. A panic in `connect`, or in a renewal, is reported at once.
/// - **A renewal that waits for a save with this lease is no loss**: the save has locked the lease, so that nobody takes it
///   over. So behind a write under the lease, until the next renewal is answered, a renewal that hangs for another reason is
///   reported when the driver gives it up, and not before. Only writes with [`lease`](Self::lease) count, not those with
///   another value of the same lease.
/// - [`close`](Self::close) releases the lease and waits for it. Dropped, the thread tries to release it, and nobody waits.
///
/// For async connections there is [`optlock::diesel_async::lease::LeaseKeeper`](crate::diesel_async::lease::LeaseKeeper).
#[must_use = "dropped, it releases the lease"]
pub struct LeaseKeeper {
    lease: Lease,
    shared: Ends,
    renewing: JoinHandle<Released>,
    watching: JoinHandle<()>,
}

/// Dropped, it ends the lease.
struct Ends(Arc<Shared>);

/// What the keeper and its threads share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phase: Phase,
    /// How many writes under the lease had ended before the renewal that was answered last.
    written: u64,
}

#[derive(Clone)]
enum Phase {
    Keeps,
    IsToEnd,
    Lost(LeaseLoss),
}

impl LeaseKeeper {
    /// Begins to renew the lease, through connections that `connect` returns, one for each renewal. If the lease is lost,
    /// `on_loss` is called at once, in a thread of the keeper.
    ///
    /// # Errors
    ///
    /// That of the system, if there can be no other threads. The lease is not released then, and expires.
    pub fn spawn<C, E>(
        lease: Lease,
        connect: impl FnMut() -> Result<C, E> + Send + 'static,
        on_loss: impl FnOnce(&LeaseLoss) + Send + 'static,
    ) -> io::Result<Self>
    where
        C: LeaseConnection,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let shared = Ends(Arc::new(Shared::new(&lease)));
        let (watched, too) = (lease.shared(), Arc::clone(&shared.0));
        let watch = move || too.watch(&watched, on_loss);
        let watching = named("optlock lease loss").spawn(watch)?;
        let (kept, too) = (lease.shared(), Arc::clone(&shared.0));
        let keep = move || keep(kept, &too, connect);
        let renewing = named("optlock lease").spawn(keep)?;
        Ok(Self {
            lease,
            shared,
            renewing,
            watching,
        })
    }

    /// The lease, for the writes that ask for it.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Why the lease is lost, if the keeper knows that it is.
    pub fn loss(&self) -> Option<LeaseLoss> {
        self.shared.0.loss()
    }

    /// Releases the lease, and waits for the answer, and before it for that of a renewal that is under way. If the lease is
    /// lost, it waits until `on_loss` has returned, and for nothing else.
    ///
    /// # Errors
    ///
    /// That of `connect`, an [`Error`] of [`release`](crate::LeaseDsl::release), or that a thread of the keeper has
    /// panicked. The lease then expires.
    pub fn close(self) -> Result<LeaseAnswer, Box<dyn StdError + Send + Sync>> {
        self.shared.0.end();
        let answer = match self.loss() {
            Some(loss) => Ok(LeaseAnswer::Lost(loss)),
            None => self.renewing.join().map_err(panicked)?,
        };
        self.watching.join().map_err(panicked)?;
        answer
    }
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

fn panicked(_: Box<dyn Any + Send>) -> Box<dyn StdError + Send + Sync> {
    "a thread of the keeper has panicked".into()
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Keeps the lease until it is to end, or is lost.
fn keep<C, E>(
    mut lease: Lease,
    shared: &Shared,
    mut connect: impl FnMut() -> Result<C, E>,
) -> Released
where
    C: LeaseConnection,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    let _panic = LostByPanic(shared);
    let mut wait = to_next(&lease);
    while !shared.is_to_end_within(wait) {
        let written = lease.written();
        let renewed = connect().ok().and_then(|mut conn| {
            now(renew(&mut lease, &mut Wire::<Blocking<C>>::new(&mut conn))).ok()
        });
        let is_answered = renewed.is_some();
        match after(&lease, renewed) {
            Next::Renew(after) => wait = after,
            Next::Lost(loss) => {
                shared.lose(loss.clone());
                return Ok(LeaseAnswer::Lost(loss));
            }
        }
        if is_answered {
            shared.is_answered(written);
        }
    }
    let mut conn = connect().map_err(Into::into)?;
    let released: Result<_, Error> = now(release(
        &mut lease,
        &mut Wire::<Blocking<C>>::new(&mut conn),
    ));
    Ok(released?)
}

/// Nobody renews the lease after a panic.
struct LostByPanic<'s>(&'s Shared);

impl Drop for LostByPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lose(LeaseLoss::NoAnswer);
        }
    }
}

impl Shared {
    fn new(lease: &Lease) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Keeps,
                written: lease.written(),
            }),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the phase of a lease that is kept.
    fn go_to(&self, phase: Phase) {
        let mut state = self.state();
        if let Phase::Keeps = state.phase {
            state.phase = phase;
        }
        self.changed.notify_all();
    }

    /// The lease is no longer kept.
    fn end(&self) {
        self.go_to(Phase::IsToEnd);
    }

    /// The lease is lost.
    fn lose(&self, loss: LeaseLoss) {
        self.go_to(Phase::Lost(loss));
    }

    /// A renewal was answered. Before it, so many writes had ended.
    fn is_answered(&self, written: u64) {
        self.state().written = written;
        self.changed.notify_all();
    }

    fn loss(&self) -> Option<LeaseLoss> {
        match &self.state().phase {
            Phase::Lost(loss) => Some(loss.clone()),
            _ => None,
        }
    }

    /// Waits, and returns whether the lease is no longer to be kept.
    fn is_to_end_within(&self, wait: Duration) -> bool {
        let keeps = |state: &mut State| matches!(state.phase, Phase::Keeps);
        let waited = self
            .changed
            .wait_timeout_while(self.state(), wait, keeps)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.1.timed_out()
    }

    /// Reports the loss of the lease, also if it may have expired while a renewal is not answered.
    fn watch(&self, lease: &Lease, on_loss: impl FnOnce(&LeaseLoss)) {
        let mut state = self.state();
        while let Phase::Keeps = state.phase {
            let remaining = lease.remaining();
            state = if !remaining.is_zero() {
                let waited = self.changed.wait_timeout(state, remaining);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else if lease.may_be_locked(state.written) {
                let waited = self.changed.wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            } else {
                state.phase = Phase::Lost(LeaseLoss::NoAnswer);
                self.changed.notify_all();
                state
            };
        }
        drop(state);
        if let Some(loss) = self.loss() {
            report_unanswered(lease, &loss);
            on_loss(&loss);
        }
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
