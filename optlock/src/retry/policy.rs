//! How often, how long, and after which errors.

use super::attempts::Attempts;
use super::backoff::Limits;
use super::error::RetryError;
use super::hooks::{DefaultSleep, Notify, Quiet, Sleep, SourceChain, SourceOf, When};
use crate::backend::TransactionConnection;
use crate::executes::{Blocking, now};
use crate::transaction::{Reborrow, TransactionOptions, Values, run};
use diesel::result::Error as DieselError;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// How often, how long, and after which errors a [`retry`](crate::retry()) begins anew. For values that
/// the unit changes there is [`RetryDsl::run`](crate::RetryDsl::run), by `use optlock::prelude::*;`.
///
/// As [`new`](Self::new) makes it: up to 10 attempts, of which the last one begins within 10
/// seconds. Between them a random time, at first up to 10 milliseconds, then up to twice as long as
/// before, and never more than a second ("exponential backoff with full jitter"); none before an attempt that
/// [locks what was lost](crate::retry()). All of it can be said in a constant:
///
/// ```
/// use optlock::retry::Policy;
/// use std::time::Duration;
///
/// const PATIENT: Policy = Policy::new()
///     .attempts(50)
///     .within(Duration::from_secs(60))
///     .backoff(Duration::from_millis(5), Duration::from_secs(2));
/// # let _ = PATIENT;
/// ```
///
/// The type parameters are what [`when_source`](Self::when_source) or [`when`](Self::when), of which the later one counts,
/// [`notify`](Self::notify) and [`sleep`](Self::sleep) put in the place of the defaults.
#[derive(Clone, Copy)]
#[must_use = "a policy does nothing until it is passed to `retry`, or its `run` is called"]
pub struct Policy<W = SourceChain, N = Quiet, S = DefaultSleep> {
    pub(crate) limits: Limits,
    pub(crate) options: TransactionOptions,
    pub(crate) when: W,
    pub(crate) notify: N,
    pub(crate) sleep: S,
}

impl Policy {
    /// 10 attempts within 10 seconds.
    pub const fn new() -> Self {
        Self {
            limits: Limits {
                attempts: 10,
                within: Duration::from_secs(10),
                first_delay: Duration::from_millis(10),
                longest_delay: Duration::from_secs(1),
            },
            options: TransactionOptions::new(),
            when: SourceChain,
            notify: Quiet,
            sleep: DefaultSleep,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl<W, N, S> fmt::Debug for Policy<W, N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("limits", &self.limits)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<W, N, S> Policy<W, N, S> {
    /// At most so many attempts, the first one included.
    ///
    /// # Panics
    ///
    /// If it is 0, which would run nothing and say nothing. In a constant that is a compile error.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        assert!(
            attempts > 0,
            "a policy needs at least one attempt: 1 is the body without a retry"
        );
        self.limits.attempts = attempts;
        self
    }

    /// No attempt begins later than this after the beginning of the first one; a delay that would last
    /// longer is not begun. An attempt that is running, or waits for a lock, is not interrupted: that is what the
    /// lock and statement timeouts of the database are for.
    pub const fn within(mut self, time: Duration) -> Self {
        self.limits.within = time;
        self
    }

    /// The first delay is a random time up to `first`. Each later one may be twice as long as the one
    /// before, up to `longest`.
    pub const fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.limits.first_delay = first;
        self.limits.longest_delay = longest;
        self
    }

    /// Asks for an isolation level, say, in each attempt. (On SQLite each one takes the write lock at
    /// its beginning in any case, as [`TransactionOptions::immediate`] says.)
    pub const fn transaction(mut self, options: TransactionOptions) -> Self {
        self.options = options;
        self
    }

    /// Where an error of the body has that of optlock or of Diesel, of which [`is_retryable`](super::is_retryable)
    /// decides. For an error that does not implement [`std::error::Error`], or hides an error of Diesel's own by
    /// `#[error(transparent)]`:
    ///
    /// ```
    /// use optlock::retry::Policy;
    ///
    /// type AnyError = Box<dyn std::error::Error + Send + Sync>;
    /// let policy = Policy::new().when_source(|error: &AnyError| Some(&**error));
    ///
    /// enum Refusal {
    ///     Closed,
    ///     Storage(optlock::Error),
    /// }
    /// let policy = Policy::new().when_source(|error: &Refusal| match error {
    ///     Refusal::Closed => None,
    ///     Refusal::Storage(error) => Some(error),
    /// });
    /// ```
    ///
    /// (`anyhow::Error` is `Some(error.as_ref())`.) After `None` for an error of the body there is no other attempt. The rows of a conflict that
    /// is found are [locked](crate::retry()) as without it.
    pub fn when_source<E, F>(self, source: F) -> Policy<SourceOf<F>, N, S>
    where
        F: for<'e> Fn(&'e E) -> Option<&'e (dyn StdError + 'static)>,
    {
        Policy {
            limits: self.limits,
            options: self.options,
            when: SourceOf(source),
            notify: self.notify,
            sleep: self.sleep,
        }
    }

    /// After which errors of the body there is another attempt, instead of those of which
    /// [`is_retryable`](super::is_retryable) is true:
    ///
    /// ```
    /// use optlock::retry::{Policy, is_retryable};
    ///
    /// enum Refusal {
    ///     QueueIsEmpty,
    ///     Storage(optlock::Error),
    /// }
    /// let policy = Policy::new().when(|error: &Refusal| match error {
    ///     Refusal::QueueIsEmpty => true,
    ///     Refusal::Storage(error) => is_retryable(error),
    /// });
    /// ```
    ///
    /// **No attempt locks a row**, because the closure does not show which row was lost:
    /// [`when_source`](Self::when_source) does. The closure is not asked about an error of BEGIN or COMMIT, which
    /// is not the body's, so a COMMIT whose outcome is unknown is never repeated.
    pub fn when<E, F: Fn(&E) -> bool>(self, when: F) -> Policy<F, N, S> {
        Policy {
            limits: self.limits,
            options: self.options,
            when,
            notify: self.notify,
            sleep: self.sleep,
        }
    }

    /// Called before each new attempt, and before the delay that precedes it, with the number of
    /// attempts so far, the error of the last one, and the delay. For logs and metrics.
    ///
    /// ```
    /// # use optlock::retry::Policy;
    /// let policy = Policy::new().notify(|attempts, error: &optlock::Error, delay| {
    ///     eprintln!("attempt {attempts}: {error}; again in {delay:?}");
    /// });
    /// ```
    pub fn notify<E, F: Fn(u32, &E, Duration)>(self, notify: F) -> Policy<W, F, S> {
        Policy {
            limits: self.limits,
            options: self.options,
            when: self.when,
            notify,
            sleep: self.sleep,
        }
    }

    /// Waits in this way, instead of as [`DefaultSleep`] does: in tests for example. No transaction of the
    /// retry is open meanwhile. The delay is zero before an attempt that locks what was lost.
    ///
    /// On an async connection the closure returns a future: `.sleep(|delay| async move { .. })`.
    pub fn sleep<R, F: Fn(Duration) -> R>(self, sleep: F) -> Policy<W, N, F> {
        Policy {
            limits: self.limits,
            options: self.options,
            when: self.when,
            notify: self.notify,
            sleep,
        }
    }

    /// Runs `body` in a transaction, and again, see [`RetryDsl::run`](crate::RetryDsl::run).
    pub(crate) fn repeat<C, V, R, E>(
        self,
        conn: &mut C,
        mut values: V,
        body: impl for<'v> Fn(&mut C, <V as Reborrow<'v>>::Borrowed) -> Result<R, E>,
    ) -> Result<R, RetryError<E>>
    where
        C: TransactionConnection,
        V: Values,
        E: From<DieselError>,
        W: When<E>,
        N: Notify<E>,
        S: Sleep,
    {
        let mut attempts = now(Attempts::begin::<Blocking<C>>(
            self.limits,
            self.options,
            conn,
        ))?;
        loop {
            let failure = match run(attempts.opening(), conn, &mut values, &body) {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let again = attempts.again::<Blocking<C>>(failure, &self.when, &self.notify, conn);
            self.sleep.sleep(now(again)?);
        }
    }
}
