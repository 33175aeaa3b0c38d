//! A lease in memory.

use super::record::Record;
use super::status::Wish;
use super::time::LeaseTime;
use crate::error::{Error, LeaseLoss, LeaseLost, LeasedRow};
use crate::statement::LeaseKey;
use std::borrow::BorrowMut;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A lease that this page or process has acquired: [`LeaseDsl`](crate::LeaseDsl) has what can be done with it, and
/// [`LeasedDsl`](crate::LeasedDsl) the writes that ask for it. [The chapter](crate::guide::leases) has the whole
/// story.
///
/// Dropping it releases nothing: it lasts until it expires. It cannot be cloned, because two copies would not learn
/// of each other's renewals.
#[must_use = "the row is leased until the lease is released or expires"]
pub struct Lease {
    pub(super) key: Arc<LeaseKey>,
    pub(super) row: LeasedRow,
    /// The hash of the key as it was asked for, which may be spelled otherwise than the row's.
    pub(super) asked_hash: String,
    pub(super) time: LeaseTime,
    owner: String,
    since: SystemTime,
    /// A [keeper](super::LeaseKeeper) renews it elsewhere.
    held: Arc<Mutex<Held>>,
}

/// How long a lease is held, as the last answer of the database said.
#[derive(Debug, Clone, Default)]
struct Held {
    /// Not later than the lease expires, by this process's clock.
    deadline: Option<Instant>,
    wish: Option<Wish>,
    /// How many writes that ask for it are under way.
    writing: u64,
    /// How many have ended. In an open transaction such a write locks the lease until the COMMIT.
    written: u64,
}

impl Held {
    /// `asked` is a time before the record was asked for: the lease is known to last for what remained then, but no
    /// longer.
    fn learn(&mut self, record: &Record, asked: Instant) {
        self.deadline = asked.checked_add(less_a_margin(record.remaining()));
        self.wish = record.wish();
    }

    /// The lease is lost.
    fn end(&mut self) {
        self.deadline = None;
        self.wish = None;
    }
}

/// A tenth of the time, for what the two clocks may differ in speed and for what is still to be sent.
fn less_a_margin(remaining: Duration) -> Duration {
    remaining - remaining / 10
}

/// Nothing panics while it is locked.
fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write that asks for a lease is under way, until this is dropped.
pub(super) struct Writing(Arc<Mutex<Held>>);

impl Drop for Writing {
    fn drop(&mut self) {
        let mut held = lock(&self.0);
        held.writing -= 1;
        held.written += 1;
    }
}

/// A [`Lease`], and no other type: the operations on a lease are methods of traits.
pub trait IsLease: From<Lease> + BorrowMut<Lease> + 'static {}

impl IsLease for Lease {}

/// What became of a lease that was to be renewed, shortened or released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the lease may be lost, and another client may edit the row"]
pub enum LeaseAnswer {
    /// It was done.
    Done,
    /// The lease is lost, and nothing was done.
    Lost(LeaseLoss),
}

impl LeaseAnswer {
    /// Was it done?
    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// The answer as a result, for a handler that ends with an error: [`Error::LeaseLost`] names the row of the lease,
    /// and [is a 409](crate::guide::http#statuses).
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// # use std::time::Duration;
    /// use optlock::lease::Lease;
    ///
    /// # optlock::lease::create_table(conn)?;
    /// # let minute = Duration::from_secs(60);
    /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// let mut lease = Lease::acquire(&ann, "amy", "page-7f3a", minute, conn)?;
    /// lease.renew(conn)?.into_result(&lease)?;
    ///
    /// let _admins = Lease::steal(&ann, "admin", "page-1d05", minute, conn)?;
    /// let error = lease.renew(conn)?.into_result(&lease).unwrap_err();
    /// assert_eq!(error.to_string(), "the lease of contacts 1 is lost: the lease was taken away by admin");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_result(self, lease: &Lease) -> Result<(), Error> {
        match self {
            Self::Done => Ok(()),
            Self::Lost(loss) => Err(LeaseLost::of_renewed(lease.row.clone(), loss).into()),
        }
    }
}

impl Lease {
    /// A lease as it was recorded; `asked` is a time before that was asked for.
    pub(super) fn new(
        record: &Record,
        asked: Instant,
        row: LeasedRow,
        asked_hash: String,
        holder: &str,
        time: LeaseTime,
    ) -> Self {
        let mut held = Held::default();
        held.learn(record, asked);
        Self {
            key: Arc::new(record.key_for(holder)),
            row,
            asked_hash,
            time,
            owner: record.owner.clone(),
            since: record.acquired_at(),
            held: Arc::new(Mutex::new(held)),
        }
    }

    /// Another handle of the lease, for a keeper. Both learn of its renewals.
    pub(crate) fn shared(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            row: self.row.clone(),
            asked_hash: self.asked_hash.clone(),
            time: self.time,
            owner: self.owner.clone(),
            since: self.since,
            held: Arc::clone(&self.held),
        }
    }

    /// The person who has it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The page or process that has it.
    pub fn holder(&self) -> &str {
        &self.key.holder
    }

    /// The number of the acquisition. It grows with each one of the row, also if the owner is the same, so that another
    /// system than this database can refuse what comes from an older lease. After a [`purge`](super::purge), a restored
    /// backup or a failover it may start anew: compare [`id`](Self::id) as well.
    pub fn fence(&self) -> i64 {
        self.key.fence
    }

    /// A random UUID of the acquisition. Keep it secret: who knows it, the holder and the fence can renew the lease.
    pub fn id(&self) -> &str {
        &self.key.lease_id
    }

    /// When it was acquired, by the database's clock.
    pub fn since(&self) -> SystemTime {
        self.since
    }

    /// Who waited for the lease when the database was last asked: at the acquisition, or the last renewal.
    pub fn wish(&self) -> Option<Wish> {
        self.held().wish.clone()
    }

    /// How long it is certainly held, without asking the database: what remained of it when the database was last
    /// asked, counted from before the question was sent, less a tenth. Zero after that, and once the database has said
    /// that it is lost.
    ///
    /// The process's monotonic clock counts. On a computer that sleeps it may stand still, so that the database, which
    /// [`renew`](crate::LeaseDsl::renew) and the writes ask, has the last word.
    pub fn remaining(&self) -> Duration {
        let deadline = self.held().deadline;
        deadline.map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(Instant::now())
        })
    }

    /// May another client have the lease? As [`remaining`](Self::remaining) says, without asking the database.
    pub fn is_lost(&self) -> bool {
        self.remaining().is_zero()
    }

    /// What the database has answered: the record, if the lease is held.
    pub(super) fn learn(&self, record: Option<&Record>, asked: Instant) {
        match record {
            Some(record) => self.held().learn(record, asked),
            None => self.end(),
        }
    }

    /// The database has said that it is lost, or it was released.
    pub(super) fn end(&self) {
        self.held().end();
    }

    /// Begins a write that asks for the lease.
    pub(super) fn writing(&self) -> Writing {
        self.held().writing += 1;
        Writing(Arc::clone(&self.held))
    }

    /// How many writes that asked for the lease have ended.
    pub(crate) fn written(&self) -> u64 {
        self.held().written
    }

    /// May a write have locked the lease? `written` is how many had ended before the renewal that was answered last, which
    /// has waited for their locks.
    pub(crate) fn may_be_locked(&self, written: u64) -> bool {
        let held = self.held();
        held.writing > 0 || held.written > written
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }

    /// Fails if it is a lease of another row.
    pub(super) fn check_row(&self, table: &'static str, row_hash: &str) -> Result<(), Error> {
        let is_of_row = self.row.table == table
            && (row_hash == self.key.row_hash || row_hash == self.asked_hash);
        if is_of_row {
            Ok(())
        } else {
            Err(self.lost(LeaseLoss::OtherRow, None))
        }
    }

    /// Reports to `tracing` that the lease is lost, if that is no error.
    pub(crate) fn report(&self, loss: &LeaseLoss) {
        #[cfg(feature = "tracing")]
        crate::events::lease_lost(self.row.table, &self.row.key, loss);
        #[cfg(not(feature = "tracing"))]
        let _ = loss;
    }

    /// The error of a write that asks for the lease.
    pub(super) fn lost(&self, loss: LeaseLoss, conflict: Option<Error>) -> Error {
        Error::LeaseLost(LeaseLost::new(self.row.clone(), loss, conflict))
    }
}

/// Neither its key, which can be personal, nor its id, by which others could renew it.
impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("table", &self.row.table)
            .field("owner", &self.owner)
            .field("holder", &self.key.holder)
            .field("fence", &self.key.fence)
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
